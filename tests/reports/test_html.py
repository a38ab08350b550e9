"""The report as a page: one file that asks nobody for anything, runs nothing, and can be read by all."""

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser

import pytest

from pipewarden.reports import write
from tests.reports import acme_report

VOID = {"meta", "br", "rect", "input", "link", "img", "hr"}
REPORTS = [acme_report.acme, acme_report.hostile, acme_report.only_gaps, acme_report.clean]


class Page(HTMLParser):
    """Reads a page into its elements; refuses one whose elements do not close."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.parts = [], [], {}
        self.feed(text)
        self.close()
        assert self.open == []
        self.text = {tag: "".join(parts) for tag, parts in self.parts.items()}

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, len(self.elements)))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop()[0] == tag

    def handle_data(self, data):
        for tag in {tag for tag, _ in self.open}:
            self.parts.setdefault(tag, []).append(data)

    def all(self, *tags):
        return [attrs for tag, attrs in self.elements if tag in tags]


@pytest.mark.parametrize("make", REPORTS)
def test_it_runs_nothing_and_asks_nobody(make):
    page = Page(write(make(), "html"))
    tags = {tag for tag, _ in page.elements}
    assert tags.isdisjoint({"script", "iframe", "object", "embed", "img", "link", "form", "base", "foreignobject"})
    for tag, attrs in page.elements:
        assert not any(name.startswith("on") or name in {"style", "src", "srcset", "action"} for name in attrs)
        if "href" in attrs:
            assert tag == "a"
            assert attrs["href"].startswith("#")
    assert "url(" not in page.text["style"]
    assert "@import" not in page.text["style"]


@pytest.mark.parametrize("make", REPORTS)
def test_hostile_names_make_no_element(make):
    """The elements of a page are the template's, whoever is in it."""
    page = Page(write(make(), "html"))
    known = {
        "a",
        "body",
        "br",
        "caption",
        "code",
        "dd",
        "desc",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "head",
        "header",
        "html",
        "li",
    }
    known |= {
        "main",
        "meta",
        "nav",
        "ol",
        "p",
        "rect",
        "section",
        "span",
        "strong",
        "style",
        "summary",
        "svg",
        "table",
        "tbody",
        "td",
        "text",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "ul",
    }
    assert {tag for tag, _ in page.elements} <= known


def test_hostile_names_are_shown_as_text():
    page = Page(write(acme_report.hostile(), "html"))
    assert "<script>alert(1)</script> has no second factor" in page.text["details"]
    assert "{{ 7 * 7 }}{% raw %}" in page.text["details"]
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", page.text["body"])


def test_only_its_own_style_is_allowed():
    page = Page(write(acme_report.acme(), "html"))
    [policy] = [attrs["content"] for attrs in page.all("meta") if attrs.get("http-equiv") == "Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(page.text["style"].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize("make", REPORTS)
def test_landmarks_headings_and_names(make):
    page = Page(write(make(), "html"))
    for landmark in ("header", "main", "nav", "footer", "h1", "title"):
        assert landmark in {tag for tag, _ in page.elements}
    assert len(page.all("h1")) == len(page.all("main")) == 1
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.all("html")[0]["lang"] == "en"
    assert all(attrs.get("aria-label") or attrs.get("aria-labelledby") for attrs in page.all("section", "nav"))
    assert all("scope" in attrs for attrs in page.all("th"))


@pytest.mark.parametrize("make", [*REPORTS, lambda: acme_report.large(300)])
def test_ids_are_unique_and_every_reference_lands(make):
    page = Page(write(make(), "html"))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    wanted = {attrs["href"][1:] for attrs in page.all("a")}
    wanted |= {word for _, attrs in page.elements for word in (attrs.get("aria-labelledby") or "").split()}
    assert wanted <= set(ids)


def test_charts_say_their_numbers():
    page = Page(write(acme_report.acme(), "html"))
    assert "people: 5 high." in page.text["desc"]
    assert "organization: 4 assessed, 1 not assessed." in page.text["desc"]
    for attrs in page.all("svg"):
        assert attrs.get("role") == "img" or attrs.get("aria-hidden") == "true"


def test_the_access_path_is_a_chain():
    page = Page(write(acme_report.acme(), "html"))
    assert [attrs["aria-label"] for attrs in page.all("ol") if attrs["class"] == "chain"] == ["Access path"]
    assert "maintain on acme/web" in page.text["ol"]


def test_nothing_found_is_honest():
    assert "Nothing found in what could be read." in Page(write(acme_report.only_gaps(), "html")).text["main"]
    page = Page(write(acme_report.clean(), "html"))
    assert "Everything that was asked for could be read." in page.text["main"]
    assert (
        "Everything that was asked for"
        not in Page(write(acme_report.made((), gaps=(), complete=False), "html")).text["main"]
    )


def test_waived_unseen_and_gone_are_told_apart():
    page = Page(write(acme_report.acme(), "html"))
    assert "moves the build until May" in page.text["table"]
    assert "could not be seen this time" in page.text["details"]
    assert "1 finding gone since the audit before." in page.text["main"]
    assert "dave, a contractor" not in page.text["details"]


def test_ten_thousand_findings_are_all_there():
    page = Page(write(acme_report.large(), "html"))
    assert page.text["details"].count("and should not") >= 10_000


def test_of_a_check_with_too_many_findings_the_rest_is_counted() -> None:
    report = acme_report.large(11_000)
    told = Page(write(report, "html")).text["details"]
    assert told.count("and 150 more: --all puts each on this page, --check ") == 5
    assert "--format csv in a table." in told
    whole = Page(write(report, "html", everything=True)).text["details"]
    assert "150 more" not in whole
    assert whole.count("and should not") >= 11_000


def palette(css, part):
    block = css[css.index(part) :]
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})\b", block[: block.index("}")]))


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("part", [":root {", "prefers-color-scheme: dark"])
def test_contrast_is_that_of_wcag_aa(part):
    """4.5 for text and 3 for what a chart draws: https://www.w3.org/TR/WCAG22/#contrast-minimum."""
    colours = palette(Page(write(acme_report.clean(), "html")).text["style"], part)
    for text in ("ink", "soft", "link"):
        for ground in ("page", "card"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for tone in ("critical", "high", "medium", "low", "info"):
        assert contrast(colours["on"], colours[tone]) >= 4.5, tone
    for tone in ("critical", "high", "medium", "low", "info", "assessed", "unknown"):
        assert contrast(colours[tone], colours["page"]) >= 3, tone


def test_words_between_backticks_are_code_and_nothing_else_is():
    found = [
        acme_report.judged(
            acme_report.Finding(
                check="x",
                severity=acme_report.Severity.LOW,
                says="use `on: <push>` and ` not `",
                **acme_report.account("bob", "1"),
            )
        )
    ]
    text = write(acme_report.made(found), "html")
    assert "use <code>on: &lt;push&gt;</code> and" in text
    assert "<push>" in Page(text).text["code"]


def test_a_check_names_each_standard_once():
    assert "CIS 1.3.5; OWASP CICD-SEC-2; NIST 800-53 IA-2(1); SOC 2 CC6.1" in write(acme_report.acme(), "html")


def test_the_headline_is_short_and_each_number_leads_to_the_first_of_its_kind():
    page = write(acme_report.acme(), "html")
    assert re.search(r"<h1>\d+ findings, \d+ of them critical</h1>", page)
    targets = set(re.findall(r' id="([^"]+)"', page))
    links = re.findall(r'<div class="tile (\w+)"><dt>[^<]+</dt><dd><a href="#([^"]+)">', page)
    assert {tone for tone, _ in links} >= {"critical", "unknown"}
    assert {place for _, place in links} <= targets
    first = re.search(r'<details id="([^"]+)">\s*<summary><span class="badge critical">', page)
    assert first is not None
    assert first[1] == dict(links)["critical"]
    assert '<a href="#f-">' not in page


def test_where_nothing_was_found_the_headline_says_no_more_than_was_read():
    assert "<h1>Nothing found</h1>" in write(acme_report.clean(), "html")
    assert "<h1>Nothing found in what could be read</h1>" in write(acme_report.only_gaps(), "html")
