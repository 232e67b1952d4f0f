"""Steps and durations."""

from __future__ import annotations

import pytest

from koji_imagebuild.pipeline.journal import Journal, duration


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_steps_in_their_order_and_added_up() -> None:
    clock = Clock()
    journal = Journal(clock)
    for name, seconds in (("root", 1.234), ("source", 2.0), ("root", 1.0)):
        with journal.step(name):
            clock.now += seconds

    assert journal.steps == (("root", 2.23), ("source", 2.0))
    assert journal.seconds == pytest.approx(4.234)


def test_the_step_that_fails_is_the_last() -> None:
    clock = Clock()
    journal = Journal(clock)

    def fail() -> None:
        with journal.step("upload"):
            clock.now += 3
            raise KeyboardInterrupt

    with journal.step("root"):
        clock.now += 1
    with pytest.raises(KeyboardInterrupt):
        fail()

    assert journal.steps == (("root", 1.0), ("upload", 3.0))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (0.4, "0:00"),
        (0.5, "0:01"),
        (48, "0:48"),
        (59.6, "1:00"),
        (112, "1:52"),
        (3599.5, "1:00:00"),
        (3723, "1:02:03"),
        (90061, "25:01:01"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
