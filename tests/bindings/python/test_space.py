import unittest

import tamis
from testing import TemporaryFolder, small_space


class Knobs(unittest.TestCase):
    def test_keep_the_values_they_were_given(self):
        space = tamis.Space({"flag": [False, True], "scale": [0.5, 2], "loop": tamis.splits(4), "tile": range(1, 4)})
        config = space.config({"flag": True, "scale": 2, "loop": (2, 2), "tile": 3})
        self.assertIs(config["flag"], True)
        self.assertEqual(config["scale"], 2)
        self.assertEqual(config["loop"], (2, 2))
        self.assertEqual(dict(config), {"flag": True, "scale": 2, "loop": (2, 2), "tile": 3})

    def test_refuse_what_is_no_list_of_values(self):
        for values, words in [
            ([], "has no values"),
            (5, "must be a list"),
            ("abc", "must be a list"),
            ([1, "a"], "all numbers, all text"),
            ([1, 2, 1], "has a value twice"),
            ([2**70], "at most 64 bits"),
            ([float("nan")], "finite numbers"),
            ([None], "values are"),
            ([(1, 2), (3, 4)], "split one extent"),
            ([(2, 2), (4,)], "split one extent"),
            ([(0, 2)], "values are"),
        ]:
            with self.subTest(values=values), self.assertRaisesRegex(tamis.Error, words):
                tamis.Space({"knob": values})
        with self.assertRaisesRegex(tamis.Error, "must be text"):
            tamis.Space({1: [1, 2]})


class LargeSpaces(unittest.TestCase):
    def test_may_have_more_configs_than_64_bits_count(self):
        space = tamis.Space({f"flag{i}": ["", f"-f{i}", f"-fno-{i}"] for i in range(170)})
        self.assertEqual(space.size, 3**170)
        with self.assertRaisesRegex(tamis.Error, "takes too long"):
            len(space)
        study = tamis.Study(space, name="flags", seed=1)
        asked = []
        for _ in range(5):
            for config in study.ask(8):
                asked.append(config)
                study.tell(config, seconds=1 + len(config["flag0"]))
        self.assertEqual(len({config.choices for config in asked}), 40)


class LikelyGood(unittest.TestCase):
    KNOBS = {"tile": [1, 2, 4], "order": ["rows", "columns"], "loop": tamis.splits(4)}

    def test_is_kept(self):
        for given, kept in [
            ({"tile": 2}, [{"tile": [2]}]),
            ([{"tile": (4, 1), "order": "rows"}, {"loop": (2, 2)}], [{"tile": [1, 4], "order": ["rows"]}, {"loop": [(2, 2)]}]),
            ({"loop": [(2, 2), (4, 1)]}, [{"loop": [(4, 1), (2, 2)]}]),
            ((), []),
        ]:
            with self.subTest(given=given):
                self.assertEqual(tamis.Space(self.KNOBS, likely_good=given).likely_good, kept)

    def test_is_tried_first(self):
        space = tamis.Space(self.KNOBS, likely_good={"tile": 2, "order": "columns"})
        config = tamis.Study(space, seed=3).ask(1)[0]
        self.assertEqual((config["tile"], config["order"]), (2, "columns"))

    def test_is_refused_where_it_is_not_of_the_space(self):
        for given, words in [
            ({"til": 2}, 'did you mean "tile"'),
            ([{"tile": 1}, {"tile": 3}], "likely_good, number 2: .* the nearest that it has is"),
            ({"order": "row"}, 'did you mean "rows"'),
            ([5], "must be a mapping"),
            ({}, "names no knob"),
        ]:
            with self.subTest(given=given), self.assertRaisesRegex(tamis.Error, words):
                tamis.Space(self.KNOBS, likely_good=given)


class Constraints(unittest.TestCase):
    def test_exclude_configs(self):
        space = small_space()
        self.assertEqual(space.size, 24)
        self.assertEqual(len(space), 22)
        self.assertEqual(space.constraints, ["tile * (unroll + 1) <= 16"])
        self.assertIn({"tile": 8, "unroll": 1, "layout": "rows"}, space)
        self.assertNotIn({"tile": 8, "unroll": 2, "layout": "rows"}, space)
        self.assertNotIn({"tile": 3, "unroll": 2, "layout": "rows"}, space)
        self.assertNotIn("tile", space)

    def test_say_what_is_wrong_with_them(self):
        with self.assertRaisesRegex(tamis.Error, "did you mean \"tile\"") as raised:
            tamis.Space({"tile": [1]}, ["tiel < 2"])
        self.assertEqual(raised.exception.kind, "invalid_input")
        with self.assertRaisesRegex(tamis.Error, "must be a list of texts"):
            tamis.Space({"tile": [1]}, "tile < 2")


class Configs(unittest.TestCase):
    def test_are_mappings(self):
        space = small_space()
        config = space.config({"layout": "columns", "tile": 2, "unroll": 1})
        self.assertEqual(list(config), ["tile", "unroll", "layout"])
        self.assertEqual((lambda tile, unroll, layout: (tile, unroll, layout))(**config), (2, 1, "columns"))
        self.assertEqual(config, {"tile": 2, "unroll": 1, "layout": "columns"})
        self.assertEqual(str(config), "tile=2 unroll=1 layout=columns")
        self.assertEqual(config.choices, (1, 1, 1))
        self.assertEqual(space.config_of(config.choices), config)
        self.assertEqual(len({config, space.config_of([1, 1, 1])}), 1)
        with self.assertRaises(KeyError):
            config["tiel"]

    def test_need_a_value_for_every_knob(self):
        space = small_space()
        with self.assertRaisesRegex(tamis.Error, r"missing \['layout'\], unknown \['lay'\]"):
            space.config({"tile": 1, "unroll": 0, "lay": "rows"})
        with self.assertRaisesRegex(tamis.Error, "has no value 3"):
            space.config({"tile": 3, "unroll": 0, "layout": "rows"})
        with self.assertRaisesRegex(tamis.Error, "not of this space"):
            space.config_of([0, 0, 9])


class Splits(unittest.TestCase):
    def test_are_all_ordered_factors(self):
        self.assertEqual(tamis.splits(4), ((4, 1), (2, 2), (1, 4)))
        self.assertEqual(len(tamis.splits(8, parts=3)), 10)
        for extent in [0, 2.5, "4"]:
            with self.assertRaisesRegex(tamis.Error, "the extent must be"):
                tamis.splits(extent)


class SpaceFile(TemporaryFolder):
    def test_is_read(self):
        with open(self.path("space.yaml"), "w", encoding="utf-8") as file:
            file.write("tamis: 1\nknobs:\n  tile: [1, 2, 4]\n  loop: {split: 4}\nconstraints: [tile <= 2]\n")
        space = tamis.Space.from_file(self.path("space.yaml"))
        self.assertEqual(space.knobs, {"tile": [1, 2, 4], "loop": [(4, 1), (2, 2), (1, 4)]})
        self.assertEqual(len(space), 6)

    def test_that_is_missing_is_named(self):
        with self.assertRaisesRegex(tamis.Error, "gone.yaml") as raised:
            tamis.Space.from_file(self.path("gone.yaml"))
        self.assertEqual(raised.exception.kind, "not_found")


if __name__ == "__main__":
    unittest.main()
