"""Memory of a run: who is followed beside whom, where their results lie, and fractures by stretch."""

import numpy as np
import pytest

from brittlestar.engine.native.room import (
    GATHERED,
    LINE,
    STRETCH,
    Room,
    Size,
    aligned,
    block,
    fractures_among,
    side_by_side,
)

PEOPLE, LANES = 2 * GATHERED + 13, 8


def room(plan: np.ndarray) -> Room:
    return Room([], side_by_side(plan, LANES), Size(len(plan), 2, 3, 5, LANES, np.float64))


@pytest.fixture
def plan() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 3, PEOPLE)


def test_people_of_one_plan_are_neighbours_among_those_who_are_gathered(plan):
    order = side_by_side(plan, LANES)
    assert len(order) % LANES == 0 and set(order[PEOPLE:]) == {order[PEOPLE - 1]}
    for first in range(0, PEOPLE, GATHERED):
        mine = order[:PEOPLE][first : first + GATHERED]
        assert sorted(mine) == list(range(first, first + len(mine)))
        assert (np.diff(plan[mine]) >= 0).all()


def test_every_place_knows_who_was_followed_for_it(plan):
    found = room(plan)
    order = side_by_side(plan, LANES)
    assert sorted(found.sources) == list(range(len(order)))
    assert (order[found.sources[:PEOPLE]] == np.arange(PEOPLE)).all()
    assert (found.sources[PEOPLE:] >= PEOPLE).all()


def test_rows_begin_at_lines_of_the_cache_an_odd_number_of_lines_apart(plan):
    found = room(plan)
    assert found.block.shape == (2, 3, found.people) and found.people >= PEOPLE
    assert found.block.ctypes.data % LINE == 0 and found.people // LINE % 2 == 1
    assert aligned((3,), np.float32).ctypes.data % LINE == 0


def test_a_desk_tells_the_fractures_of_real_people_once_and_is_used_again(plan):
    found = room(plan)
    people = found.order[:STRETCH]
    with found.desk() as desk:
        desk.marks[4, 1, 7] = 255
        desk.marks[0, 3, PEOPLE] = 9  # of somebody who only fills up a vector
        assert [column.tolist() for column in desk.fractures(people)] == [[4], [1], [people[7]], [255.0]]
        assert not desk.marks.any()
        with found.desk() as other:
            assert other is not desk
    with found.desk() as again:
        assert again is desk


def test_marks_that_fill_no_whole_words_are_found_too():
    marks = np.zeros((1, 1, 11), np.uint8)
    marks[0, 0, 10] = 3
    assert [column.tolist() for column in fractures_among(marks, np.arange(11))] == [[0], [0], [10], [3.0]]


def test_what_does_not_fit_says_how_much_it_is_and_what_needs_less():
    with pytest.raises(
        MemoryError, match=r"^1\.07e\+09 GiB for the courses of everybody are not there; fewer"
    ):
        block((2**57,), np.float64)


def test_a_block_is_handed_out_again_once_nobody_holds_any_of_it():
    first = block((3, 40, 64), np.float64)
    place, first[:] = first.ctypes.data, 1.0
    row = first[2, :, 5:9]
    del first
    other = block((3, 40, 64), np.float64)
    other[:] = 2.0
    assert other.ctypes.data != place and (row == 1.0).all()
    place = other.ctypes.data
    del other
    assert block((3, 39, 64), np.float64).ctypes.data == place
    assert block((1, 2, 64), np.float64).ctypes.data != place  # far too large for it
