#pragma once

#include <cstddef>
#include <string>

#include <sys/types.h>

namespace tamis {

/// Waits until a child has ended and takes it off the system's list; returns its status as waitpid() gives
/// it.
int reap(pid_t pid);

/// The signal that killed a process, or, by its exit status, what a shell ran; 0 where none did.
int signal_of_status(int status);

/// `exit status 3` or `signal SIGSEGV`, of a status as waitpid() gives it.
std::string describe_status(int status);

/// The last lines of what a program wrote, for a message: at most eight and 1 KiB, without control
/// characters.
std::string tail_of_output(std::string text);

/// Kills every process of a session, whatever group it is in. The leader must be a child that is not reaped
/// yet, so that its id cannot belong to anybody else. Costs a look at every process of the machine, about a
/// millisecond.
void kill_session(pid_t leader);

/// The same for the session that this process leads, itself last: it does not return. For any other process
/// it does nothing.
void kill_own_session();

}  // namespace tamis
