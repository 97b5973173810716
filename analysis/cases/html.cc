#include "analysis/cases/html.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/sha256.h"
#include "engine/base/utf8.h"

namespace sekisho {
namespace {

constexpr absl::string_view kStyle = R"css(
:root { color-scheme: light; --line: #d0d4da; --full: #d6f0d8; --part: #fdeeb8;
  --none: #f9cfcb; --na: #f3f4f6; --ink: #1c2330; --soft: #5a6475; }
html[lang="en"] .ja, html[lang="ja"] .en { display: none; }
body { margin: 0; font: 14px/1.5 system-ui, "Noto Sans CJK JP", sans-serif;
  color: var(--ink); background: #fff; }
header { position: sticky; top: 0; z-index: 3; background: #fff;
  border-bottom: 1px solid var(--line); padding: 8px 16px; }
h1 { font-size: 18px; margin: 0; }
h2 { font-size: 16px; margin: 24px 0 8px; }
h3 { font-size: 14px; margin: 12px 0 4px; }
main { padding: 0 16px 48px; }
.tools { display: flex; flex-wrap: wrap; gap: 8px; align-items: center;
  margin-top: 6px; }
.tools input, .tools select, .tools button { font: inherit; padding: 2px 6px; }
.numbers, .soft { color: var(--soft); }
.text { unicode-bidi: isolate; white-space: pre-wrap; overflow-wrap: anywhere; }
code, pre { font: 12.5px/1.6 ui-monospace, monospace; }
.scroll { overflow: auto; max-height: 70vh; border: 1px solid var(--line); }
table { border-collapse: separate; border-spacing: 0; }
th, td { border: 0 solid var(--line); border-width: 0 1px 1px 0;
  padding: 3px 6px; vertical-align: top; text-align: left; }
.matrix th { position: sticky; top: 0; background: #fff; z-index: 1;
  white-space: nowrap; }
.matrix td { min-width: 7em; max-width: 16em; font-size: 12.5px; }
.matrix td.number { position: sticky; left: 0; background: #fff;
  min-width: 4em; font-weight: bold; }
.matrix a { color: inherit; text-decoration: none; display: block; }
.matrix a:hover, .matrix a:focus { text-decoration: underline; }
.full { background: var(--full); } .part { background: var(--part); }
.none { background: var(--none); } .na { background: var(--na); }
.failed { background: var(--none); } .passed { background: var(--full); }
.mark { font-weight: bold; color: #9a3a00; }
.key > span { padding: 0 6px; border: 1px solid var(--line); }
details { border: 1px solid var(--line); margin: 6px 0; padding: 0 10px 8px; }
details:not([open]) { padding-bottom: 0; }
summary { cursor: pointer; padding: 4px 0; }
details pre { white-space: pre-wrap; overflow-wrap: anywhere;
  background: #fafbfc; border: 1px solid var(--line); padding: 8px; }
.condition { border-radius: 3px; padding: 0 2px; }
.cell { border-left: 3px solid var(--line); padding-left: 10px;
  margin: 10px 0; }
:target { outline: 2px solid #2457c5; outline-offset: 2px; }
[hidden] { display: none !important; }
@media print { header { position: static; } .tools { display: none; }
  .scroll { max-height: none; } }
)css";

constexpr absl::string_view kScript = R"js(
"use strict";
const byId = (id) => document.getElementById(id);
const filter = () => {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const state = byId("state").value;
  let shown = 0;
  for (const item of document.querySelectorAll("[data-item]")) {
    const text = item.textContent.toLowerCase();
    const fits = words.every((word) => text.includes(word)) &&
        (state === "" || item.dataset.item.split(" ").includes(state));
    item.hidden = !fits;
    shown += fits ? 1 : 0;
  }
  byId("shown").textContent = String(shown);
};
const open = () => {
  let id = "";
  try {
    id = decodeURIComponent(location.hash.slice(1));
  } catch (error) {
    return;
  }
  const target = id === "" ? null : byId(id);
  if (target === null) return;
  for (let at = target; at !== null; at = at.parentElement) {
    at.hidden = false;
    if (at.tagName === "DETAILS") at.open = true;
  }
  target.scrollIntoView({block: "center"});
};
byId("search").addEventListener("input", filter);
byId("state").addEventListener("change", filter);
byId("language").addEventListener("click", () => {
  const root = document.documentElement;
  root.lang = root.lang === "ja" ? "en" : "ja";
});
window.addEventListener("hashchange", open);
filter();
open();
)js";

std::string Source(absl::string_view text) {
  const Sha256Digest digest = Sha256(text);
  return absl::StrCat(
      "'sha256-",
      absl::Base64Escape(absl::string_view(
          reinterpret_cast<const char*>(digest.data()), digest.size())),
      "'");
}

}  // namespace

std::string Html(absl::string_view text) {
  std::string out;
  for (size_t offset = 0; offset < text.size();) {
    const char32_t c = NextCodePoint(text, &offset);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else if (c == '\r') {
      out += "&#13;";
    } else if ((c < 0x20 && c != '\n' && c != '\t') ||
               (c >= 0x7F && c < 0xA0)) {
      out += "\xEF\xBF\xBD";
    } else {
      AppendUtf8(c, &out);
    }
  }
  return out;
}

std::string InBoth(absl::string_view english, absl::string_view japanese) {
  return absl::StrCat("<span class=\"en\" lang=\"en\">", Html(english),
                      "</span><span class=\"ja\" lang=\"ja\">", Html(japanese),
                      "</span>");
}

std::string HtmlPage(absl::string_view title, Language language,
                     absl::string_view body) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"",
      language == Language::kJapanese ? "ja" : "en",
      "\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
      "'none'; style-src ",
      Source(kStyle), "; script-src ", Source(kScript),
      "; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
      Html(title), "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n",
      body, "<script>", kScript, "</script>\n</body>\n</html>\n");
}

}  // namespace sekisho
