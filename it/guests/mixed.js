// SPDX-License-Identifier: Apache-2.0
// mixed.js http|child|workers|files: a Node.js target.
'use strict';
const http = require('http');
const fs = require('fs');
const {spawnSync, execFile} = require('child_process');
const {Worker, isMainThread, parentPort} = require('worker_threads');

function get(port, path) {
  return new Promise((resolve, reject) => {
    http.get({host: '127.0.0.1', port, path, agent: false}, (answer) => {
      let text = '';
      answer.on('data', (chunk) => { text += chunk; });
      answer.on('end', () => resolve(answer.statusCode + ' ' + text));
    }).on('error', reject);
  });
}

async function serve() {
  const server = http.createServer((request, answer) => answer.end('path ' + request.url));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  for (const path of ['/a', '/b', '/c']) {
    console.log(await get(server.address().port, path));
  }
  server.close();
}

async function children() {
  console.log(spawnSync('/bin/sh', ['-c', 'cat; exit 3'], {input: 'in'}).status);
  await new Promise((resolve) => execFile('/bin/echo', ['out'], (error, out) => {
    console.log(JSON.stringify(out));
    resolve();
  }));
  process.exitCode = 8;
}

async function workers() {
  const answers = await Promise.all([1, 2, 3].map((number) => new Promise((resolve) => {
    const worker = new Worker(__filename, {argv: ['worker']});
    worker.on('message', (message) => { resolve(message); worker.terminate(); });
    worker.postMessage(number);
  })));
  console.log(answers.join(' '));
}

async function files() {
  await fs.promises.writeFile('mixed.txt', 'x'.repeat(100000));
  await fs.promises.rename('mixed.txt', 'renamed.txt');
  console.log((await fs.promises.readFile('renamed.txt')).length);
  await fs.promises.unlink('renamed.txt');
}

if (isMainThread) {
  ({http: serve, child: children, workers, files})[process.argv[2]]();
} else {
  parentPort.on('message', (number) => parentPort.postMessage(number * number));
}
