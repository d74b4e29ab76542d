"""Room for many connections: each is an open file, and the usual limit is 1,024."""

import resource

from data.errors import EngineError


def allow_open_files(count: int) -> None:
    """Raise this process's own limit of open files to `count`, as far as the system lets it.

    Raises:
        EngineError: the system's limit is lower.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= count:
        return
    if hard != resource.RLIM_INFINITY and hard < count:
        raise EngineError(
            f"this many requests at once need {count:,} open files; the limit is {hard:,}: "
            "lower `concurrency`, or raise the limit (ulimit -n, LimitNOFILE)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
