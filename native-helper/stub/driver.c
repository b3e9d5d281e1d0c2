/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>
#include <time.h>
#include "../src/ack_launch.h"
extern char **environ;
static const char *find(const char *n){ static char b[4096]; if(strchr(n,'/'))return n; char*p=strdup(getenv("PATH")?:"/bin:/usr/bin"); for(char*d=strtok(p,":");d;d=strtok(NULL,":")){snprintf(b,sizeof b,"%s/%s",d,n); if(access(b,X_OK)==0)return b;} return n;}
int main(int c,char**v){
 const char*out=NULL; int i=1; if(c>2&&!strcmp(v[1],"-o")){out=v[2];i=3;} if(i<c&&!strcmp(v[i],"--"))i++;
 int seg=memfd_create("s",MFD_CLOEXEC); if(ftruncate(seg,sizeof(struct wire_segment)))return 1;
 struct ack_session s; if(ack_session_open(&s,seg)<0||ack_session_prepare(&s,NULL,0)<0){perror("open");return 125;}
 struct wire_header*h=&s.shared->segment.header; struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); h->epoch_monotonic=t.tv_sec*1000000000ull+t.tv_nsec;
 int full=getenv("SHAPES")!=NULL; for(int n=0;n<WIRE_NUMBERS&&full;n++){ h[0].learner_ready=1; }
 pid_t p=fork(); if(!p){bool r; int e=ack_session_become(&s,find(v[i]),v+i,environ,&r); dprintf(2,"become: %s%s\n",strerror(e),r?" (refused)":""); _exit(e==ENOENT?127:126);}
 ack_session_started(&s); int st; waitpid(p,&st,0); while(!ack_session_ended(&s))usleep(1000);
 ack_session_fold(&s); ack_session_repair(&s);
 FILE*f=out?fopen(out,"w"):stderr;
 for(int a=0;a<WIRE_ABIS;a++)for(int n=0;n<WIRE_NUMBERS;n++)if(s.shared->segment.counts[a][n])fprintf(f,"%d\t%d\t%lu\n",a,n,s.shared->segment.counts[a][n]);
 fprintf(f,"# losses"); for(int l=0;l<10;l++)fprintf(f," %lu",h->losses[l]); fprintf(f,"\n# state %u failure %u %d shapes %lu images %u execs %lu ring %lu\n",h->state,h->failure_step,h->failure_errno,h->shapes,h->images,h->executions,h->ring_head);
 if(getenv("RING"))for(uint64_t k=0;k<h->ring_head&&k<WIRE_RING_SLOTS;){struct wire_record*r=(void*)s.shared->segment.ring[k]; fprintf(f,"# rec kind %d fl %x pid %d nr %d res %ld\n",r->kind,r->flags,r->pid,r->number,r->result); k+=r->slots?:1;}
 fflush(f);
 if(WIFSIGNALED(st)){ fprintf(stderr,"signal %d\n",WTERMSIG(st)); return 128+WTERMSIG(st);} return WEXITSTATUS(st);
}
