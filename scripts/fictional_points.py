"""Writes the invented service points of menus/lesotho: as many as were announced, none that could be taken for real.

Usage: python scripts/fictional_points.py > menus/lesotho/points.csv

38 shops, 40 schools and 10 post offices over the ten districts. Each is called after sun, rain or a stone, and
`Example`; each village is Ha Mohlala (`example`) with a number; each telephone number begins with 0, as none of Lesotho
does; each row says `fictional` as its source, and the compiler lets no such row have a number that rings somewhere.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping

DISTRICTS: Mapping[str, tuple[int, int, int, tuple[str, ...]]] = {
    "Maseru": (8, 8, 1, ("Maseru Municipal", "Semonkong Urban", "Mazenod", "Ratau", "Qiloane")),
    "Leribe": (6, 6, 1, ("Hlotse Urban", "Maputsoe Urban", "Hleoheng", "Litjotjela", "Menkhoaneng")),
    "Berea": (4, 5, 1, ("Teyateyaneng Urban", "Mapoteng", "Senekane", "Motanasela")),
    "Mafeteng": (4, 4, 1, ("Mafeteng Urban", "Tsakholo", "Malumeng", "Qalabane")),
    "Butha-Buthe": (3, 3, 1, ("Butha-Buthe Urban", "Lipelaneng", "Moteng")),
    "Mohale's Hoek": (3, 4, 1, ("Mohale's Hoek Urban", "Siloe", "Mashaleng", "Qabane")),
    "Quthing": (3, 3, 1, ("Moyeni Urban", "Mphaki", "Tele")),
    "Qacha's Nek": (2, 2, 1, ("Qacha's Nek Urban", "Mosenekeng")),
    "Mokhotlong": (2, 2, 1, ("Mokhotlong Urban", "Popa", "Molikaliko")),
    "Thaba-Tseka": (3, 3, 1, ("Thaba-Tseka Urban", "Bobete", "Lesobeng")),
}
"""Shops, schools, post offices, and the councils that they are dealt out to."""
WORDS = (
    *("Naleli", "Khoeli", "Letsatsi", "Pula", "Lehlabula", "Mariha", "Selemo", "Hoetla"),
    *("Thaba", "Molapo", "Phula", "Leralla", "Lehloa", "Moea", "Leru", "Lejoe"),
    *("Lehlaka", "Sefate", "Nonyana", "Khomo", "Pere", "Nku", "Poli", "Phoka"),
    *("Serame", "Mohloli", "Letamo", "Lekhalo", "Naha", "Tsela", "Letsoai", "Poone"),
    *("Koro", "Lebese", "Mahe", "Metsi", "Mollo", "Lerole", "Moru", "Joang"),
)
"""Star, moon, sun, rain and the like."""
KINDS: Mapping[str, str] = {"post_office": "Post", "shop": "Shop", "school": "School"}
HOURS: Mapping[str, tuple[str, ...]] = {
    "shop": ("Mon-Fri 08:00-18:00; Sat 08:00-13:00", "Mon-Sat 07:00-19:00; Sun 09:00-12:00", "Mon-Sat 08:00-17:00"),
    "school": ("Mon-Fri 14:00-16:30",),
    "post_office": ("Mon-Fri 08:30-16:00; Sat 08:30-12:00",),
}
BILLS = "electricity-bill; water-bill; tax-bill"
OTHER_PASSPORTS = "passport-urgent-32; passport-urgent-64; passport-lost-32; passport-lost-64"
SERVICES: Mapping[str, tuple[str, ...]] = {
    "shop": ("birth-certificate; electricity-bill", "electricity-bill"),
    "school": ("birth-certificate",),
    "post_office": (f"passport-32; passport-64; birth-certificate; {BILLS}; {OTHER_PASSPORTS}",),
}


def main() -> None:
    sheet = csv.writer(sys.stdout, lineterminator="\n")
    sheet.writerow(["id", "kind", "name", "village", "council", "district", "hours", "services", "telephone", "source"])
    sheet.writerows(_rows())


def _rows() -> Iterator[tuple[str, ...]]:
    number, used = 0, dict.fromkeys(KINDS, 0)
    for district, (shops, schools, post_offices, councils) in DISTRICTS.items():
        wanted = {"post_office": post_offices, "shop": shops, "school": schools}
        for place, kind in enumerate(kind for kind, count in wanted.items() for _ in range(count)):
            number, used[kind] = number + 1, used[kind] + 1
            yield (
                f"{number:03}",
                kind,
                f"{WORDS[used[kind] - 1]} Example {KINDS[kind]}",
                f"Ha Mohlala {number}",
                councils[place % len(councils)],
                district,
                HOURS[kind][used[kind] % len(HOURS[kind])],
                SERVICES[kind][used[kind] % len(SERVICES[kind])],
                "" if kind == "school" else f"{number:08}",
                "fictional",
            )


if __name__ == "__main__":
    main()
