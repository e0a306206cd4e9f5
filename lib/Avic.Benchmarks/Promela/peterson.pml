/* Peterson's filter lock for N processes, one transition for each step of the BEEM model. */
byte pos[N], step[N];

active [N] proctype process()
{
    byte j = 0, k = 0;
NCS:  j = 1;
wait: if
      :: d_step { j < N -> pos[_pid] = j }; goto q2
      :: j == N -> goto CS
      fi;
q2:   if
      :: d_step { step[j - 1] = _pid; k = 0 }
      fi;
q3:   if
      :: d_step { k < N && (k == _pid || pos[k] < j) -> k++ }; goto q3
      :: d_step { step[j - 1] != _pid || k == N -> j++ }; goto wait
      fi;
CS:   pos[_pid] = 0; goto NCS
}
