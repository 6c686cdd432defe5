"""A ministry's spreadsheet becomes the sheet of a pack: whole, or not at all with every bad row told."""

from __future__ import annotations

import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from app import limits
from app.errors import MenuRefused, SettingsWrong
from app.importing import import_points, listed
from app.pack_files import read_pack
from tests.lands import FLAT

HEAD = ["ID", "Type", "Name", "Village", "Council", "District", "Opening Hours", "Services", "Tel", "Owner"]
PULA = [
    *("14", "Post Office", "Poso ea Pula", "Ha Pula", "Hleoheng", "Leribe", "mon-fri 8:00-16:30"),
    *("birth-certificate", "+266 2240 0266", "Palesa"),
]
SHOP = [
    *("15", "shop", "Metsi Shop", "Ha Pula", "Hleoheng", "Leribe", "Mon-Sat 08:00-17:00", "electricity", "", "Thabo"),
]
SOURCE = "a list of November 2026"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(FLAT, tmp_path / "pack")
    return tmp_path / "pack"


def as_csv(path: Path, *rows: list[str], delimiter: str = ";", encoding: str = "utf-8-sig") -> Path:
    path.write_bytes("".join(delimiter.join(row) + "\r\n" for row in rows).encode(encoding))
    return path


def as_xlsx(path: Path, *rows: list[str]) -> Path:
    """The least that is an XLSX file (ECMA-376): one sheet, texts inline, whole numbers as numbers."""

    def cell(text: str) -> str:
        return f"<c><v>{text}</v></c>" if text.isdigit() else f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packaged = "http://schemas.openxmlformats.org/package/2006"
    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{packaged}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{packaged}/relationships"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="Points" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>",
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{packaged}/relationships"><Relationship Id="r1" Type="{office}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        )
        file.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'
        )
    return path


def test_what_is_written_is_what_the_spreadsheet_says(pack: Path, tmp_path: Path) -> None:
    sheet = as_csv(tmp_path / "list.csv", HEAD, PULA, SHOP)
    told = import_points(sheet, pack, SOURCE, is_check=False)
    assert any(line.startswith("changed  014 Poso ea Pula: ") and "telephone, source" in line for line in told)
    assert sum(line.startswith("removed") for line in told) == 86 and "2 points: 1 post_office, 1 shop" in told
    assert "Columns that mean nothing here were left out: Owner" in told
    assert (pack / "points.csv").read_text("utf-8").splitlines()[1:] == [
        "014,post_office,Poso ea Pula,Ha Pula,Hleoheng,Leribe,Mon-Fri 08:00-16:30,birth-certificate,22400266," + SOURCE,
        "015,shop,Metsi Shop,Ha Pula,Hleoheng,Leribe,Mon-Sat 08:00-17:00,electricity,," + SOURCE,
    ]
    assert set(read_pack(pack).points) == {"014", "015"}


def test_the_same_again_changes_nothing(pack: Path, tmp_path: Path) -> None:
    sheet = as_csv(tmp_path / "list.csv", HEAD, PULA)
    import_points(sheet, pack, SOURCE, is_check=False)
    written = (pack / "points.csv").read_bytes()
    assert import_points(sheet, pack, SOURCE, is_check=False)[0] == "1 points: 1 post_office"
    import_points(pack / "points.csv", pack, "", is_check=False)
    assert (pack / "points.csv").read_bytes() == written, "what it writes it reads"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_is_read_as_office_programs_write_it(pack: Path, tmp_path: Path, delimiter: str, encoding: str) -> None:
    named = [*PULA[:2], "Caf\u00e9 Pula", *PULA[3:]]
    sheet = as_csv(tmp_path / "list.csv", HEAD, named, delimiter=delimiter, encoding=encoding)
    import_points(sheet, pack, SOURCE, is_check=False)
    assert read_pack(pack).points["014"].name == "Caf\u00e9 Pula"


def test_an_xlsx_file_is_read_as_its_csv_would_be(pack: Path, tmp_path: Path) -> None:
    import_points(as_xlsx(tmp_path / "list.xlsx", HEAD, PULA, SHOP), pack, SOURCE, is_check=False)
    points = read_pack(pack).points
    assert points["014"].telephone == "22400266" and points["015"].name == "Metsi Shop"


def test_every_bad_row_is_told_with_its_place_and_nothing_is_written(pack: Path, tmp_path: Path) -> None:
    before = (pack / "points.csv").read_bytes()
    bad = [[*PULA[:5], "Gauteng", *PULA[6:]], [*SHOP[:2], "=1+1", *SHOP[3:]], ["14", *SHOP[1:]], ["14", *SHOP[1:]]]
    for write in (as_csv, as_xlsx):
        sheet = write(tmp_path / "list", HEAD, *bad)
        with pytest.raises(MenuRefused) as refused:
            import_points(sheet, pack, SOURCE, is_check=False)
        assert [(one.line, one.rule) for one in refused.value.complaints] == [
            (2, "unknown-district"), (3, "formula"), (4, "duplicate-point"), (5, "duplicate-point"),
        ]  # fmt: skip
    assert refused.value.complaints[0].column == 6, "of the sheet"
    assert (pack / "points.csv").read_bytes() == before


def told(pack: Path, sheet: Path, source: str = SOURCE) -> list[str]:
    with pytest.raises(MenuRefused) as refused:
        import_points(sheet, pack, source, is_check=False)
    return [f"{one.line} {one.rule}: {one.text}" for one in refused.value.complaints]


def test_a_number_that_a_wrong_row_has_is_told_with_that_row(pack: Path, tmp_path: Path) -> None:
    wrong = [*PULA[:1], "kiosk", *PULA[2:]]
    found = told(pack, as_csv(tmp_path / "points.csv", HEAD, wrong, ["014", *SHOP[1:]]))
    assert [one.partition(":")[0] for one in found] == ["2 unknown-kind", "3 duplicate-point"]


def test_a_source_that_is_given_stands_for_cells_without_one(pack: Path, tmp_path: Path) -> None:
    rows = [*HEAD, "Source"], [*PULA, ""], [*SHOP, "the council, 2026"]
    import_points(as_csv(tmp_path / "points.csv", *rows), pack, SOURCE, is_check=False)
    assert [point.source for point in read_pack(pack).points.values()] == [SOURCE, "the council, 2026"]
    assert [one.partition(":")[0] for one in told(pack, tmp_path / "points.csv", "")] == ["2 missing-cell"]


def test_what_is_missing_is_said_in_words_that_help(pack: Path, tmp_path: Path) -> None:
    (of_columns,) = told(pack, as_csv(tmp_path / "points.csv", HEAD[1:], PULA[1:]))
    assert "has no column id; it must name id, kind, name" in of_columns
    (of_cells,) = told(pack, as_csv(tmp_path / "points.csv", HEAD, PULA, ["015", "shop"]))
    assert "has 2 cells where the first line has 10; quote a cell that holds a separator" in of_cells
    (tmp_path / "points.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    (of_an_old_file,) = told(pack, tmp_path / "points.xlsx")
    assert "of an Excel before 2007 (.xls); save it as XLSX or CSV" in of_an_old_file


def test_points_with_which_a_page_would_be_too_long_are_not_taken(pack: Path, tmp_path: Path) -> None:
    """The last word is the compiler's: it proves every page with the new points."""
    hours = "; ".join(f"{day} 08:0{place}-12:00,13:00-17:0{place}" for place, day in enumerate(("Mon", "Tue", "Wed")))
    sheet = as_csv(tmp_path / "list.csv", HEAD, [*PULA[:6], hours, *PULA[7:]], delimiter="\t")
    before = (pack / "points.csv").read_bytes()
    with pytest.raises(MenuRefused, match="too-long"):
        import_points(sheet, pack, SOURCE, is_check=False)
    assert (pack / "points.csv").read_bytes() == before


def test_a_check_writes_nothing(pack: Path, tmp_path: Path) -> None:
    before = (pack / "points.csv").read_bytes()
    told = import_points(as_csv(tmp_path / "list.csv", HEAD, PULA), pack, SOURCE, is_check=True)
    assert told[-1] == "Nothing was written, for this was a check."
    assert (pack / "points.csv").read_bytes() == before


def test_a_sheet_that_cannot_be_read_does_not_keep_a_new_one_out(pack: Path, tmp_path: Path) -> None:
    (pack / "points.csv").write_bytes(b"\xff\xfe\x00")
    import_points(as_csv(tmp_path / "list.csv", HEAD, PULA), pack, SOURCE, is_check=False)
    assert set(read_pack(pack).points) == {"014"}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no archive", b"\x00" * 100, HEAD[0].encode()])
def test_what_is_no_spreadsheet_of_points_is_refused(pack: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "list").write_bytes(data)
    before = (pack / "points.csv").read_bytes()
    with pytest.raises((MenuRefused, SettingsWrong)):
        import_points(tmp_path / "list", pack, SOURCE, is_check=False)
    assert (pack / "points.csv").read_bytes() == before


def test_a_file_that_unpacks_to_very_much_is_refused_unread(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "points_unpacked_bytes_max", 500)
    with pytest.raises(MenuRefused, match="unpacks to more than"):
        import_points(as_xlsx(tmp_path / "list.xlsx", HEAD, PULA), pack, SOURCE, is_check=False)


def test_a_spreadsheet_without_any_point_does_not_empty_a_pack(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="no row below"):
        import_points(as_csv(tmp_path / "list.csv", HEAD), pack, SOURCE, is_check=False)


def test_the_list_says_what_is_open_now(pack: Path) -> None:
    tuesday = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    lines = listed(pack, "Leribe", tuesday)
    assert len(lines) == 13 and sum("(open now)" in line for line in lines) == 7
    assert len(listed(pack, "", tuesday)) == 88
    with pytest.raises(SettingsWrong, match="Gauteng is no district"):
        listed(pack, "Gauteng", tuesday)


def test_the_shipped_points_are_those_of_the_script_and_all_invented(pack: Path) -> None:
    points = read_pack(pack).points.values()
    kinds = [point.kind.value for point in points]
    assert {kind: kinds.count(kind) for kind in kinds} == {"shop": 38, "school": 40, "post_office": 10}
    assert {point.district for point in points} == set(read_pack(pack).points.districts)
    assert all(point.is_fictional and "Example" in point.name for point in points)
