from flows.measure_plot import Point, front


def point(tokens: float, accuracy: float) -> Point:
    return Point("m", "method", tokens, accuracy, (accuracy, accuracy))


def test_the_front_is_what_no_other_beats_in_length_and_accuracy() -> None:
    short, long = point(10, 0.5), point(90, 0.9)

    assert front([long, point(50, 0.4), short, point(90, 0.8), point(95, 0.9)]) == [short, long]
