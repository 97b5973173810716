"""The pages of `sekisho matrix html` and `sekisho test --html`, in a browser.

What is promised: a page does what its controls say, loads nothing, and shows
whatever stands in the sources as text.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select
from selenium.webdriver.support.wait import WebDriverWait

SEKISHO = None
# Only to end a test that hangs.
SECONDS = 60

HOSTILE = '</td></script><script>window.hit=1</script><img src=x onerror="window.hit=1">\'"&'


def policies(name):
    """A copy of a policy folder that may be changed."""
    folder = pathlib.Path(tempfile.mkdtemp())
    copy = folder / "policies"
    shutil.copytree(pathlib.Path("policies") / name, copy)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def replace(path, old, new, count=1):
    text = path.read_text(encoding="utf-8")
    assert old in text, (path, old)
    path.write_text(text.replace(old, new, count), encoding="utf-8")


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--window-size=1500,1000",
            "--user-data-dir=" + tempfile.mkdtemp(),
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.browser = webdriver.Chrome(
            service=Service("/usr/bin/chromedriver"), options=options
        )

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()

    def open(self, *arguments):
        page = pathlib.Path(tempfile.mkdtemp()) / "page.html"
        ran = subprocess.run(
            [SEKISHO, *[str(a).replace("PAGE", str(page)) for a in arguments]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.assertTrue(page.exists(), ran.stdout.decode())
        self.browser.get("about:blank")
        self.browser.get_log("browser")
        self.browser.get(page.as_uri())
        # Neither errors of the script nor anything that the page's own policy
        # for content had to stop; and nothing was asked for.
        self.assertEqual(self.browser.get_log("browser"), [])
        self.assertEqual(
            self.script("return performance.getEntriesByType('resource').length"),
            0,
        )
        return page

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def shown(self, selector):
        return self.script(
            "return [...document.querySelectorAll(arguments[0])]"
            ".filter((element) => element.checkVisibility())",
            selector,
        )

    def wait(self, condition):
        WebDriverWait(self.browser, SECONDS).until(lambda _: condition())

    def search(self, text):
        self.find("#search").clear()
        self.find("#search").send_keys(text or " ")

    def picture(self, name):
        folder = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", tempfile.mkdtemp())
        self.browser.save_screenshot(os.path.join(folder, name + ".png"))

    def matrix(self, language="en"):
        return self.open(
            "matrix", "html", "-p", "policies/healthcare", "-o", "PAGE",
            "--lang", language,
        )

    def test_a_cell_leads_to_its_conditions_and_these_to_their_cases(self):
        self.matrix()
        rows = self.shown("tr[data-item~=row]")
        self.assertEqual(len(rows), 39)
        self.assertEqual(self.shown(".cell"), [])
        self.picture("matrix")
        # Its place of access.
        link = rows[0].find_element(By.CSS_SELECTOR, "td:nth-child(5) a")
        self.assertIn("hospital", link.text)
        link.click()
        self.wait(lambda: self.shown(".cell:target"))
        cell = self.find(".cell:target")
        self.assertIn("context.location", cell.find_element(By.TAG_NAME, "pre").text)
        self.assertTrue(
            self.script(
                "const box = arguments[0].getBoundingClientRect();"
                "return box.top >= 0 && box.bottom <= window.innerHeight;",
                cell,
            )
        )
        self.picture("cell")
        case = cell.find_element(By.PARTIAL_LINK_TEXT, "near miss (location)")
        case.click()
        self.wait(lambda: self.shown("tr[data-item~=case]:target"))
        self.assertIn(
            'context.location = Location::"home"',
            self.find("tr[data-item~=case]:target").text,
        )
        self.picture("case")

    def test_the_search_and_the_filter_choose_what_is_shown(self):
        self.matrix("ja")
        self.search("救急隊員")
        numbers = [row.text for row in self.shown("td.number")]
        self.assertIn("②-3", numbers)
        self.assertLess(len(numbers), 10)
        self.picture("search")
        self.search("no-such-word")
        self.assertEqual(self.shown("[data-item]"), [])
        self.assertEqual(self.find("#shown").text, "0")
        self.search("")
        Select(self.find("#state")).select_by_value("corrected")
        corrected = self.shown("tr[data-item~=row]")
        self.assertEqual(len(corrected), 1)
        self.assertTrue(
            corrected[0].find_elements(By.CSS_SELECTOR, "[aria-label=correction]")
        )
        # What is led to is shown, whatever the filter says.
        self.script("location.hash = 'c-0-0'")
        self.wait(lambda: self.shown("#c-0-0"))
        Select(self.find("#state")).select_by_value("")
        self.assertEqual(len(self.shown("tr[data-item~=row]")), 39)

    def test_the_language_can_be_changed(self):
        self.matrix("ja")
        header = self.find(".matrix thead")
        self.assertIn("職種", header.text)
        self.assertNotIn("Role", header.text)
        self.find("#language").click()
        self.assertIn("Role", header.text)
        self.assertNotIn("職種", header.text)
        self.find("#language").click()
        self.assertIn("職種", header.text)

    def test_findings_and_corrections_are_marked(self):
        self.matrix()
        marked = self.find("#r-0").get_attribute("innerHTML")
        self.assertIn("usecase-matrix.txt:5", marked)
        cell = self.find("[aria-label=correction]").find_element(By.XPATH, "..")
        cell.click()
        self.wait(lambda: self.shown(".cell:target"))
        self.assertIn("read as", self.find(".cell:target").text)

    def test_rules_are_coloured_and_say_what_is_not_covered(self):
        folder = policies("examples/clinic")
        replace(folder / "cases/cases.tsv", "doctor\tfrom home", "#doctor\tfrom home")
        self.open("test", folder, "--html", "PAGE", "--mutate")
        text = self.find("pre").text
        self.assertIn('@id("doctor")\npermit (principal, action ==', text)
        self.assertEqual(
            [e.text for e in self.shown("pre .full")],
            ['action == Action::"view"', "resource.doctors.contains(principal)"],
        )
        part = self.find("pre .part")
        self.assertEqual(part.text, 'context.location == "hospital"')
        self.assertIn("not seen", part.get_attribute("title"))
        self.assertIn("not seen: otherwise", self.find("td.none").text)
        self.assertIn("dropped", self.find("tr[data-item~=mutant]").text)
        self.picture("clinic")

    def test_a_case_that_failed_says_why(self):
        folder = policies("examples/clinic")
        replace(folder / "clinic.cedar", '"hospital"', '"clinic"')
        self.open("test", folder, "--html", "PAGE")
        Select(self.find("#state")).select_by_value("failed")
        failed = self.shown("tr[data-item~=case]")
        self.assertEqual(len(failed), 1)
        self.assertIn('context.location becomes "clinic"', failed[0].text)

    def test_whatever_stands_in_the_sources_is_text(self):
        clinic = policies("examples/clinic")
        quoted = HOSTILE.replace('"', '\\"')
        replace(clinic / "clinic.cedar", '@id("doctor")', f'@id("{quoted}")')
        replace(clinic / "clinic.cedar", '"hospital"', f'"{quoted}"')
        for old in ("a doctor of the record", "The rule fails", "\tdoctor\t-"):
            new = f"\t{HOSTILE}\t-" if old.startswith("\t") else HOSTILE
            replace(clinic / "cases/cases.tsv", old, new)
        replace(clinic / "cases/cases.tsv", "\tdeny\t\tdoctor\t", f"\tdeny\t\t{HOSTILE}\t")
        self.open("test", clinic, "--html", "PAGE")
        self.assert_harmless()
        self.assertIn(HOSTILE, self.find("summary").text)

        healthcare = policies("healthcare")
        matrix = healthcare / "usecase-matrix.txt"
        replace(matrix, "①保健医療記録共有サービス", HOSTILE)
        reason = (healthcare / "corrections.tsv").read_text().splitlines()[1]
        reason = reason.split("\t")[-1]
        replace(healthcare / "corrections.tsv", reason, HOSTILE)
        vocabulary = healthcare / "vocabulary.tsv"
        replace(vocabulary, "\tphysician\t", f"\t{HOSTILE}\t")
        replace(healthcare / "columns.tsv", "\tRole\t", f"\t{HOSTILE}\t")
        self.open("matrix", "html", "-p", healthcare, "-o", "PAGE", "--lang", "en")
        self.assert_harmless()
        self.assertIn(HOSTILE, self.find(".matrix thead").text)

    def assert_harmless(self):
        self.assertIsNone(self.script("return window.hit ?? null"))
        self.assertEqual(self.browser.find_elements(By.TAG_NAME, "img"), [])
        self.assertEqual(len(self.browser.find_elements(By.TAG_NAME, "script")), 1)

    def test_no_other_script_or_style_would_run(self):
        self.open("test", "policies/examples/clinic", "--html", "PAGE")
        self.script(
            "const script = document.createElement('script');"
            "script.textContent = 'window.hit = 1';"
            "document.body.append(script);"
            "const image = document.createElement('img');"
            "image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';"
            "document.body.append(image);"
        )
        self.assertIsNone(self.script("return window.hit ?? null"))
        blocked = [entry["message"] for entry in self.browser.get_log("browser")]
        self.assertTrue(any("script-src" in message for message in blocked), blocked)
        self.wait(lambda: self.script("return document.images[0].naturalWidth") == 0)


if __name__ == "__main__":
    SEKISHO = os.path.abspath(sys.argv.pop(1))
    unittest.main()
