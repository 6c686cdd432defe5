"""Walks about the caller's own, and to what the files of the pack tell."""

from __future__ import annotations

from tests.on_the_phone.walk import REFERENCE_CODE, Walk

WALKS = (
    # The caller's own.
    Walk("See one's applications", ends=REFERENCE_CODE + " .*Pasa", before="bill"),
    Walk("See one's payments", ends=r"Motlakase M50\.00, [0-9/]+", before="token"),
    Walk("See what is kept of one's number", ends="Ha ho letho le fetotsoeng", before="bill"),
    Walk(
        "Ask to be forgotten", ends="Motho o tla letsetsa nomoro ena pele ho [0-9/]+", office="sms", at=4,
        sees="Kopo e amohetsoe", receives=("hlakola litaba tsa nomoro ena e amohetsoe. .* pele ho ",),
    ),
    Walk(
        "Ask for warnings of the weather", agrees=3, ends="temoso e fihla: Leholimo, Maseru", office="sms",
        at=5, sees="U tla fumana SMS hang", receives=("u tla tsebisoa ka SMS: Leholimo, Maseru",),
    ),
    Walk(
        "Ask for news of farm inputs", ends="temoso e fihla: Manyolo le peo, Maseru",
        agrees=3, office="sms", at=5, sees="U tla fumana SMS hang",
        receives=("u tla tsebisoa ka SMS: Manyolo le peo, Maseru",),
    ),
    Walk(
        "End warnings", ends="E emisitsoe", before="warned", office="sms", at=4, sees="E emisitsoe hona joale",
        receives=("temoso eo u e khethileng e emisitsoe",),
    ),
    Walk("Choose Sesotho", ends="Lumela! English: 8"),
    # Told from the files of the pack.
    Walk("See what a passport costs", ends=r"Pasa ka potlako, 32: M[0-9]+\.00", resumes=2),
    Walk("See the weather", ends="Maseru: ha ho ponelopele mona hona joale. Sheba hape hosasane"),
    Walk("Find a hospital", ends=r"Scott\nMorija\. "),
    Walk("Find a service point and its prices", ends="Setsi 020, tefo "),
    Walk("Talk to a person", ends="BOEMO le nomoro ea kopo"),
    Walk("See how a company is registered", ends="Tla le: ", resumes=3),
    Walk("See what to bring for a birth", ends="Tla le: "),
    Walk("See what to bring for a death", ends="Tla le: ", resumes=3),
    Walk("See what to bring for an ID card", ends="Tla le: ", resumes=2),
    Walk("See what to bring for a passport", ends="Tla le: ", resumes=2),
    Walk("See what to bring for a business licence", ends="Tla le: ", resumes=3),
    Walk("See what to bring for a learner's licence", ends="Tla le: "),
    Walk("See what to bring for a number plate", ends="Tla le: seo ofisi e u joetsang"),
    Walk("See what an ID card costs", ends="Botsa|Tefiso", resumes=2),
    Walk("See what registering a business costs", ends="Botsa pele", resumes=3),
    Walk("See what number plates cost", ends="Botsa pele"),
    Walk("See what the state pays of farm inputs", ends="'Muso o lefa"),
    Walk("See where farm inputs are sold", ends="Sehoai: mekotla e 5"),
)  # fmt: skip
