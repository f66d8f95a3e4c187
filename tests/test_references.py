"""The one table of references: every source in a data file stands in it, and everything in it is used."""

import re
import tomllib
from importlib import resources

from brittlestar._shared.references import Name, Reference, csl, identifiers, named_in, references, whole_doi
from brittlestar.cli.bibliography import bibtex
from brittlestar.evidence.studies.study import sources, studies

ROOT = resources.files("brittlestar")
WITHOUT = ("assumed", "calibrated", "derived in this model")
"""How the source of a number begins that rests on no publication."""
NUMBER = re.compile(r"\w+/\w+\.toml \w+")
ISSUERS = (
    "www.cdc.gov", "search.r-project.org", "nap.nationalacademies.org", "www.sdcep.org.uk", "ec.europa.eu",
    "www.accessdata.fda.gov", "dailymed.nlm.nih.gov", "www.ema.europa.eu", "medicinali.aifa.gov.it",
    "www.swissmedicinfo.ch", "www.mims.com", "pharmamedix.com", "reference.medscape.com", "www.medscape.com",
    "clinicaltrials.gov", "www.clinicaltrialsregister.eu", "ir.ultragenyx.com", "www.medicaldaily.com",
    "scienceworldreport.com", "www.empr.com", "www.healio.com", "oi-child.tripod.com", "adc.bmj.com",
    "cris.tau.ac.il", "synapse.koreamed.org", "www.crd.york.ac.uk", "mskreport.com", "karger.com",
    "linkinghub.elsevier.com", "publications.aap.org", "cda-adc.ca", "acrabstracts.org",
    "www.ispor.org", "epublications.marquette.edu", "www.research.ed.ac.uk", "www.cheoresearch.ca",
    "pure.johnshopkins.edu", "profiles.wustl.edu", "researchonline.nd.edu.au", "researchers.mq.edu.au",
    "escholarship.org",
)  # fmt: skip
"""Hosts of publishers, issuers, registers and authors' institutions; a copy elsewhere is no address."""


def _files(folder, path=""):
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.is_dir():
            yield from _files(file, f"{path}{file.name}/")
        elif file.name.endswith((".toml", ".csv", ".py")):
            yield path + file.name, file.read_text(encoding="utf-8")


FILES = dict(_files(ROOT))
DATA = {name: text for name, text in FILES.items() if not name.endswith(".py")}


def _sources(content):
    """Every text under a key ``source`` or ``sources``, at any depth."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key in ("source", "sources"):
                yield from (
                    [value] if isinstance(value, str) else [one for one in value if isinstance(one, str)]
                )
            yield from _sources(value)
    elif isinstance(content, list):
        for value in content:
            yield from _sources(value)


def _resolves(source):
    """A key of sources.toml, a study, a template, a number of the model, no publication, or a reference."""
    known = source in sources() or source in studies() or "{" in source or NUMBER.match(source)
    return known or source.startswith(WITHOUT) or named_in(source)


def test_every_source_is_assumed_or_calibrated_or_in_the_table():
    # In the page's texts an entry of that name is the word or a sentence about it, and no number rests on it.
    data = {name: text for name, text in DATA.items() if not name.startswith("web/text/")}
    files = {name: tomllib.loads(text) for name, text in data.items() if name.endswith(".toml")}
    unresolved = [
        (name, one) for name, content in files.items() for one in _sources(content) if not _resolves(one)
    ]
    assert not unresolved, "name a DOI, PMID, PMC id, register's number or ref:ID"


def test_whatever_a_data_file_names_is_in_the_table_and_no_address_is():
    named = [(name, one.title, one.id) for name, text in DATA.items() for one in named_in(text)]
    assert not [place for place in named if place[-1] not in references()], (
        "add it to _shared/references.json"
    )
    assert not [name for name, text in DATA.items() if "http" in text], "addresses stand in references.json"


def test_every_reference_is_used():
    used = {one.id for text in FILES.values() for one in named_in(text)}
    used |= {one for source in sources().values() for one in source.references}
    assert not set(references()) - used


WITHOUT_IDENTIFIER = {
    "of people with osteogenesis imperfecta under a drug, or of what may quote them: not looked up, as "
    "results that were kept apart stand beside such records; no identifier was in what was read": """
        antoniazzi2006 astrom2002 bishop2010 bronj2020 chahine2008 chevrel2006 contaldo2020 function2019
        hald2015 karger2011 montpetit2003 muderis2007 munns2005 palomo2015 rauch2000 rauch2003 robinson2019
        setrusumab_phase2a shanghai_tbs shapiro2010 song_pumch thornton2006 topaz_protocol vertebrae2011
        ward2011 west_australia adult_type_one_hrpqct""",
    "looked up, and found without an identifier": """
        bachrach1999 grey_ten_years holzer2009 hosking2003 mortensen1998 nancollas2006 pamidronate_women1994
        pantsiotou2007 sabre_change2024 simm2011 zoledronate_duchenne2021""",
    "read where no identifier stood": """
        adc2024 alendronate_centres1996 ctx_korea forearm_precision hip_fractures keaveny2010 nhanes2020
        norepos_precision ooi2013 pamidronate_renal sequences2022 zoledronate_18_months""",
}  # fmt: skip
"""Why an article has no DOI, PMID, PMC id or register's number, and which have none."""

WITHOUT_DATE = """
    actonel_label alendronate_monograph aredia_dosing aredia_us_label binosto_label boniva_injection_label
    crd_bisphosphonates fact_news fosamax_label ibandronate_tablets_label nerixia_smpc oi_child_site
    orbit_phase2 pamidronate_us_label poise_medical_daily reclast_label residron_label romosozumab_mpr sdcep
    tablets_upright_label ultragenyx2024 ultragenyx_alpha us_claims zoledronate_swiss_label zometa_epar
    zometa_us_label"""
"""Labels, reports and news of which no date was seen where they were read."""

IDENTIFIED = ("doi", "pmid", "pmc", "number")


def test_every_reference_can_be_found():
    for one in references().values():
        where = re.match(r"https?://([^/]+)/", one.url)
        assert one.title and (not one.url or (where and where[1] in ISSUERS)), one.id
        assert not one.doi or re.fullmatch(r"10\.\d{4,9}/\S+", one.doi)
        assert re.fullmatch(r"\d*", one.pmid) and re.fullmatch(r"(19|20)\d\d|", one.year)


def test_every_article_has_an_identifier_or_is_told_to_have_none():
    articles = {one.id for one in references().values() if one.type == "article-journal"}
    bare = {key for key in articles if not any(getattr(references()[key], name) for name in IDENTIFIED)}
    told = [key for keys in WITHOUT_IDENTIFIER.values() for key in keys.split()]
    assert bare == set(told) and len(told) == len(bare)


def test_every_other_source_has_issuer_title_date_and_a_stable_address():
    others = [one for one in references().values() if one.type != "article-journal"]
    unnumbered = [one for one in others if not any(getattr(one, name) for name in IDENTIFIED)]
    for one in unnumbered:
        assert (one.publisher or one.authors) and one.url, one.id
    assert {one.id for one in unnumbered if not one.year} == set(WITHOUT_DATE.split())


def test_no_two_entries_share_an_identifier():
    words = [word for one in references().values() for word in one.identifiers]
    assert len(words) == len(set(words)) and len(csl()) == len(references())


def test_a_text_names_its_references_by_whatever_identifies_them():
    text = "Parfitt 2000, PMID 11033443; (doi:10.1016/S0140-6736(13)61091-0), PMC408435 and ref:cdc2000."
    assert [one.id for one in named_in(text)] == ["parfitt2000", "bishop2013", "bass1999", "cdc2000"]
    assert [one.id for one in named_in("doi:10.1172/jci7060 as PMC408435")] == ["bass1999"]
    assert named_in("reference: a book") == []
    (stranger,) = named_in("doi:10.5555/nobody.1")
    assert stranger.id not in references() and stranger.title == "10.5555/nobody.1"


def test_a_doi_ends_where_the_sentence_goes_on():
    assert whole_doi("10.1007/s00223-015-9960-1)") == "10.1007/s00223-015-9960-1"
    assert identifiers("doi:10.1016/0009-9236(95)90245-7: more than 85 %") == ["10.1016/0009-9236(95)90245-7"]


def test_a_line_of_a_bibliography_says_who_when_what_and_where():
    assert references()["grey2017"].in_words == (
        "Grey A, Bolland MJ, Horne A et al. (2017). Duration of antiresorptive activity of zoledronate in "
        "postmenopausal women with osteopenia: a randomized, controlled multidose trial. CMAJ "
        "189(36):E1130-E1136. doi:10.1503/cmaj.161207, PMID 28893875."
    )


def test_an_address_can_be_copied_from_a_line_and_a_question_keeps_its_mark():
    assert references()["trejo2017_mpr"].in_words.startswith(
        "MPR (2017). Do bisphosphonates cause atypical femur fractures in OI? https://www.empr.com/home/news/"
        "do-bisphosphonates-cause-atypical-femur-fractures-in-oi/ ("
    )
    assert references()["bachrach1999"].in_words.endswith("Metabolism 84:4702-4712.")


def _entries(text):
    """A plain reader of BibTeX: kind, key and fields; braces must balance, fields end in a comma."""
    found, at = {}, 0
    while head := re.compile(r"\s*@(\w+)\{([^,\s{}]+),").match(text, at):
        at, fields = head.end(), {}
        while field := re.compile(r"\s*(\w+) = \{").match(text, at):
            start = at = field.end()
            depth = 1
            while depth:
                depth += {"{": 1, "}": -1}.get(text[at], 0) * (text[at - 1] != "\\")
                at += 1
            fields[field[1]] = text[start : at - 1]
            assert text[at] == ","
            at += 1
        end = re.compile(r"\s*\}").match(text, at)
        assert end and head[2] not in found
        found[head[2]] = {"kind": head[1], **fields}
        at = end.end()
    assert not text[at:].strip()
    return found


def test_bibtex_can_be_read_again():
    read = _entries(bibtex(references().values()))
    assert set(read) == set(references())
    one = read["bachrach1999"]
    assert one["kind"] == "article" and one["year"] == "1999" and one["pages"] == "4702--4712"
    assert one["author"].startswith("Bachrach, Laura K and Hastie, Trevor and ")
    assert one["journal"] == r"Journal of Clinical Endocrinology \& Metabolism"
    assert read["iom2011"]["author"] == "{Institute of Medicine}" and read["iom2011"]["kind"] == "book"


def test_what_bibtex_would_take_for_a_command_is_escaped():
    odd = Reference("odd", "article-journal", "50 % of A & B_{1}", (Name("others"),), container="J")
    assert _entries(bibtex([odd]))["odd"]["title"] == r"{50 \% of A \& B\_\{1\}}"
