from pathlib import Path

from flows.figures.measure_plot import Point, front, labels, write_plot
from pipelines.measure.proportions import wilson


def point(tokens: float, accuracy: float) -> Point:
    return Point("m", "method", tokens, accuracy, (accuracy, accuracy))


def test_the_front_is_what_no_other_beats_in_length_and_accuracy() -> None:
    short, long = point(10, 0.5), point(90, 0.9)

    assert front([long, point(50, 0.4), short, point(90, 0.8), point(95, 0.9)]) == [short, long]


def test_points_too_near_to_tell_apart_share_a_label() -> None:
    points = [point(200, 0.99), point(20, 0.97), point(21, 0.972), point(20, 0.7), point(200.5, 0.99)]

    assert labels(points) == [(points[0], "1, 5"), (points[1], "2, 3"), (points[3], "4")]
    assert labels(points[:1]) == [(points[0], "1")]


def test_a_model_that_is_never_or_always_right_is_drawn(tmp_path: Path) -> None:
    results = [
        {
            "model": f"{n}-{share:g}",
            "mode": "greedy",
            "all": {"accuracy": share, "accuracy_interval": wilson(share, n), "cot_tokens": {"mean": 10.0}},
        }
        for n in (12, 50, 1000)
        for share in (0.0, 1.0)
    ]
    models = {result["model"]: {"role": "method"} for result in results}

    (plot,) = write_plot({"name": "m", "models": models, "results": results}, tmp_path / "plot.png")

    assert plot.read_bytes().startswith(b"\x89PNG")
