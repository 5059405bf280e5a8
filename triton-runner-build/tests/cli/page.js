/* Tries the page of `cargo triton inspect --html` and leaves what it found in an element. */
"use strict";
{
  const errors = [];
  addEventListener("error", (event) => errors.push(String(event.message)));
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (selector) => all(selector).filter((element) => element.offsetParent !== null).length;
  async function type(text) {
    const box = document.getElementById("query");
    box.value = text;
    box.dispatchEvent(new Event("input"));
    await wait(400);
    return {
      rows: shown("tr[data-image]"), marks: all("mark").length, now: all("mark.now").length,
      found: document.getElementById("found").textContent,
    };
  }
  function bars() {
    return all("figure").map((figure) => [...figure.querySelectorAll(".bar")]
      .map((bar) => Math.round(bar.getBoundingClientRect().width / bar.parentElement.getBoundingClientRect().width * 1000) / 10));
  }
  async function measure() {
    const outcome = { bars: bars(), rows: shown("tr[data-image]"), panes: all(".pane pre").map((pre) => pre.textContent.length) };
    outcome.side = new Set(all(".pane").map((pane) => pane.getBoundingClientRect().top)).size === 1;
    outcome.wide = document.documentElement.scrollWidth <= innerWidth;
    outcome.dark = matchMedia("(prefers-color-scheme: dark)").matches;
    outcome.ground = getComputedStyle(document.body).backgroundColor;
    outcome.nothing = await type("no such text anywhere");
    outcome.gpu = await type("sm_90a");
    outcome.code = await type("ld.global");
    document.getElementById("next").click();
    outcome.next = all("mark").findIndex((mark) => mark.classList.contains("now"));
    outcome.cleared = await type("");
    location.hash = "#0/sm_90a";
    await wait(200);
    outcome.chosen = document.getElementById("gpu").selectedOptions[0].textContent;
    const select = document.querySelector(".pane select");
    select.value = "ttir";
    select.dispatchEvent(new Event("change"));
    outcome.ttir = document.querySelector(".pane pre").textContent;
    outcome.loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    outcome.errors = errors;
    return outcome;
  }
  addEventListener("load", async () => {
    const pre = document.createElement("pre");
    try { pre.textContent = JSON.stringify(await measure()); } catch (error) { pre.textContent = JSON.stringify({ errors: [String(error)] }); }
    pre.id = "outcome";
    document.body.append(pre);
  });
}
