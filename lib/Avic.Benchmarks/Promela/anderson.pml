/* Anderson's queue lock for N processes, one transition for each step of the BEEM model.
   slot[0] starts at 1 and SPIN initialises an array with one value, so slot 0 is kept inverted. */
byte slot[N], next;
#define OPEN(p) (slot[p] == (p != 0))

active [N] proctype process()
{
    byte place = 0;
take: if
      :: d_step { place = next; next++ }
      fi;
wrap: if
      :: d_step { place == N - 1 -> next = next - N }
      :: d_step { place != N - 1 -> place = place % N }
      fi;
spin: OPEN(place);
CS:   slot[place] = (place == 0);
exit: slot[(place + 1) % N] = ((place + 1) % N != 0); goto take
}
