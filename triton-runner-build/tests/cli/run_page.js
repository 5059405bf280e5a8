/* Steps through the page of `cargo triton run --html` and leaves what it saw in an element. */
"use strict";
{
  const errors = [];
  addEventListener("error", (event) => errors.push(String(event.message)));
  const at = (id) => document.getElementById(id);
  function look() {
    const steps = [at("step").textContent];
    while (!at("back").disabled) { at("back").click(); steps.unshift(at("step").textContent); }
    while (!at("forward").disabled) at("forward").click();
    const select = at("variable");
    /* The loaded row: the last value of the variable `x`. */
    const place = [...select.options].map((option) => option.textContent).findLastIndex((text) => /^x \(/.test(text));
    select.selectedIndex = place;
    select.dispatchEvent(new Event("change"));
    const context = document.querySelectorAll("canvas")[1].getContext("2d");
    const square = (element) => context.getImageData((element % 64) * 10 + 5, Math.floor(element / 64) * 10 + 5, 1, 1).data[3] > 0;
    return {
      program: at("program").textContent, steps, value: at("value").textContent.replaceAll("\n", " "),
      captions: [...document.querySelectorAll("figcaption")].map((caption) => caption.textContent),
      painted: [square(0), square(300)],
    };
  }
  addEventListener("load", () => {
    const pre = document.createElement("pre");
    try {
      const programs = [look()];
      at("next").click();
      programs.push(look());
      const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
      pre.textContent = JSON.stringify({ programs, loaded, errors });
    } catch (error) { pre.textContent = JSON.stringify({ errors: [String(error)] }); }
    pre.id = "outcome";
    document.body.append(pre);
  });
}
