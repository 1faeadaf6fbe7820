import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from schemas.errors import CurateError, UnknownName
from schemas.registry import Registry
from schemas.source import SOURCES

ROOT = Path(__file__).parents[2]


def run(code: str, *path: Path) -> str:
    """What a fresh interpreter prints, with `path` before our own folder."""
    places = ":".join(str(place) for place in (*path, ROOT))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", dedent(code)],
        env={"PYTHONPATH": places, "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def package(where: Path, name: str, files: dict[str, str]) -> None:
    folder = where / name
    folder.mkdir()
    for file, text in {"__init__.py": "", **files}.items():
        (folder / file).write_text(dedent(text))


def distribution(where: Path, name: str, points: str) -> None:
    """An installed distribution, as a package installer leaves it."""
    folder = where / f"{name}-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(f"[curate.sources]\n{points}\n")


def test_listing_names_imports_none_of_the_modules() -> None:
    printed = run(
        """
        import sys
        from schemas.source import SOURCES
        names = SOURCES.names()
        assert "nextgqa" in names and "charades-sta" in names, names
        loaded = [name for name in sys.modules if name.startswith("builders")]
        heavy = [name for name in ("pyarrow", "numpy", "duckdb", "torch") if name in sys.modules]
        print(loaded, heavy)
        SOURCES["nextgqa"]
        print("builders.nextgqa" in sys.modules, "builders.charades_sta" in sys.modules)
        """
    )
    assert printed == "[] []\nTrue False\n"


def test_every_file_of_the_folder_is_a_name_and_sub_packages_are_not() -> None:
    files = {path.stem.replace("_", "-") for path in (ROOT / "builders").glob("*.py")}
    assert set(SOURCES.names()) == files - {"--init--"}
    assert "reading" not in SOURCES.names()


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="no source is called 'nextqga'") as caught:
        SOURCES["nextqga"]
    assert caught.value.hint in ("did you mean nextgqa?", "did you mean nextqa?")


OWN = """
    from schemas.record import Annotation, Media, Role
    from schemas.source import At, Row, Source, each

    @Source(
        name="{name}", title="Mine", tasks=("answer",), splits={{"val": Role.TRAINING}}, files=(),
        licence="MIT", media_licence="MIT", homepage="https://example.org", obtain="made here",
    )
    def read(files):
        rows = [Row(At("mine", 1), "why?")]
        return each(rows, lambda row: Annotation(Media("video", "v", "v.mp4"), row))
"""


def test_a_user_s_own_package_adds_a_source(tmp_path: Path) -> None:
    package(tmp_path, "my_package", {"my_set.py": OWN.format(name="my-set")})
    distribution(tmp_path, "my_package", "my-set = my_package.my_set")
    printed = run(
        """
        import sys
        from schemas.source import SOURCES, Files
        print("my-set" in SOURCES.names(), "my_package" in sys.modules)
        source = SOURCES["my-set"]
        print([item.annotation.question for item in source.read(Files("val", {}))])
        print("my-set" in [source.name for source in SOURCES])
        """,
        tmp_path,
    )
    assert printed == "True False\n['why?']\nTrue\n"


def test_a_name_that_two_packages_claim_is_refused(tmp_path: Path) -> None:
    package(tmp_path, "my_package", {"nextgqa.py": OWN.format(name="nextgqa")})
    distribution(tmp_path, "my_package", "nextgqa = my_package.nextgqa")
    printed = run(
        """
        from schemas.errors import CurateError
        from schemas.source import SOURCES
        try:
            SOURCES["nextgqa"]
        except CurateError as error:
            print(error)
        """,
        tmp_path,
    )
    assert printed == (
        "two sources are called 'nextgqa': builders.nextgqa and my_package.nextgqa\n"
    )


def test_a_module_that_registers_another_name_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, "made_folder", {"red_set.py": "", "reading.py": ""})
    monkeypatch.syspath_prepend(str(tmp_path))
    made: Registry[int] = Registry("thing", "made_folder", "curate.nothing")
    assert made.names() == ["reading", "red-set"]
    with pytest.raises(CurateError, match=r"made_folder\.red_set should register the thing"):
        made["red-set"]


def test_a_folder_that_is_not_there_holds_nothing() -> None:
    none: Registry[int] = Registry("thing", "no_such_folder_here", "curate.nothing")
    assert none.names() == []
    assert list(none) == []


def test_the_same_value_may_be_added_twice_and_another_may_not() -> None:
    things: Registry[int] = Registry("thing", "no_such_folder_here", "curate.nothing")
    assert things.add("one", 1) == things.add("one", 1) == things["one"] == 1
    with pytest.raises(CurateError, match="two things are called 'one'"):
        things.add("one", 2)
