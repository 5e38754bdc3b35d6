"""`python -m neutrality` is the command `neutrality`, which begins here: before the heavy imports,
so that Ctrl-C and SIGTERM end it in the same words during them.
"""

import os
import signal
import sys

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SAID, _STOPPED = "stopped; the last report is untouched", 130  # as cli says and returns


def main() -> int:
    """Run one command; return its exit code as `cli.main` does."""
    heard = [each for each in _SIGNALS if signal.getsignal(each) not in (signal.SIG_IGN, None)]
    for each in heard:
        signal.signal(each, _leave)
    from neutrality.runner import garbage, unchanged

    if sys.argv[1:2] == ["run"]:
        if unchanged.tell(sys.argv[1:]):
            return 0
        if _is_one_case(sys.argv[2:]):
            from neutrality.runner import warm

            warm.prepare()  # beside the imports and the check
    garbage.search_seldom()
    from neutrality import cli

    try:
        for each in heard:
            signal.signal(each, signal.default_int_handler)
        return cli.main()
    except KeyboardInterrupt:
        print(_SAID, file=sys.stderr)
        return _STOPPED
    finally:
        if signal.SIGINT in heard:  # the last milliseconds: all that is to be said has been
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        garbage.search_no_more()


def _is_one_case(arguments: list[str]) -> bool:
    """Return whether a run is of one case, which this process makes; many are for workers."""
    named = [each for each in arguments if each.endswith((".yaml", ".yml"))]
    return len(named) == 1 and os.path.isfile(named[0])


def _leave(signum: int, frame: object) -> None:
    """End at once: nothing has begun, and an exception raised inside an import may be swallowed."""
    os.write(2, f"{_SAID}\n".encode())
    os._exit(_STOPPED)


if __name__ == "__main__":
    sys.exit(main())
