"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const levels = ["ttir", "ttgir", "llir", "ptx", "sass"];
const names = { ttir: "TTIR", ttgir: "TTGIR", llir: "LLVM IR", ptx: "PTX", sass: "SASS" };
const panes = [...document.querySelectorAll(".pane")];
let query = "";
let now = -1;

function option(value, text) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  return made;
}

const kernel = () => data.kernels[find("kernel").value];
const image = () => kernel().images[find("gpu").value];

/* The chosen kernel's GPUs; the same GPU as before, if it has that. */
function chooseKernel(gpu) {
  const images = kernel().images;
  find("gpu").replaceChildren(...images.map((one, index) => option(index, one.target)));
  find("gpu").value = Math.max(0, images.findIndex((one) => one.target === gpu));
  find("signature").textContent = kernel().signature;
  showPanes();
}

/* Each pane keeps its level; one that is not there gives way to the nearest. */
function showPanes() {
  const texts = image() ? image().texts : {};
  const there = levels.filter((level) => level in texts);
  for (const pane of panes) {
    const select = pane.querySelector("select");
    const wanted = pane.dataset.level;
    select.replaceChildren(...levels.map((level) => {
      const count = query && there.includes(level) ? places(data.texts[texts[level]]).length : 0;
      return option(level, count ? names[level] + " (" + count + ")" : names[level]);
    }));
    for (const entry of select.options) entry.disabled = !there.includes(entry.value) && !hasNote(entry.value);
    select.value = there.includes(wanted) || hasNote(wanted) || !there.length ? wanted : there[there.length - 1];
    showCode(pane);
  }
  moveTo(-1);
}

const hasNote = (level) => image() !== undefined && level in image().notes;

/* The places of the searched text, without regard to case. */
function places(text) {
  const found = [];
  const lower = text.toLowerCase();
  for (let at = lower.indexOf(query); query && at >= 0; at = lower.indexOf(query, at + query.length)) found.push(at);
  return found;
}

function showCode(pane) {
  const level = pane.querySelector("select").value;
  const pre = pane.querySelector("pre");
  const known = image() !== undefined && level in image().texts;
  const text = known ? data.texts[image().texts[level]] : (image() && image().notes[level]) || "There is no such level.";
  const found = known ? places(text) : [];
  const parts = [];
  let end = 0;
  for (const at of found) {
    parts.push(text.slice(end, at));
    const mark = document.createElement("mark");
    end = at + query.length;
    mark.textContent = text.slice(at, end);
    parts.push(mark);
  }
  parts.push(text.slice(end));
  pre.replaceChildren(...parts);
  pre.classList.toggle("note", !known);
  pre.scrollTop = 0;
  const lines = text.split("\n").length - 1;
  pane.querySelector(".count").textContent = known ? (query ? found.length + " found" : lines + " lines") : "";
}

/* Kernels, rows and bars that the searched text is in, by name, signature or code. */
function search() {
  query = find("query").value.trim().toLowerCase();
  let count = 0;
  const hits = new Map();
  data.kernels.forEach((one, index) => {
    one.images.forEach((img) => {
      const heads = [one.name, one.signature, img.target].some((text) => text.toLowerCase().includes(query));
      const inside = query ? [...new Set(Object.values(img.texts))].map((text) => places(data.texts[text]).length) : [];
      const sum = inside.reduce((a, b) => a + b, 0);
      count += sum;
      hits.set(index + "/" + img.target, heads || sum > 0);
    });
  });
  for (const row of document.querySelectorAll("[data-image]")) row.hidden = query !== "" && !hits.get(row.dataset.image);
  for (const group of document.querySelectorAll("[data-kernel]")) {
    group.hidden = !group.querySelector("[data-image]:not([hidden])");
  }
  find("found").textContent = query ? count + " places in the code" : "";
  showPanes();
  moveTo(query ? 0 : -1);
}

/* Scrolls to one of the marks. */
function moveTo(index) {
  const marks = [...document.querySelectorAll("mark")];
  marks.forEach((mark) => mark.classList.remove("now"));
  for (const id of ["previous", "next"]) find(id).disabled = marks.length === 0;
  now = marks.length && index >= 0 ? (index + marks.length) % marks.length : -1;
  if (now < 0) return;
  const mark = marks[now];
  mark.classList.add("now");
  const pre = mark.closest("pre");
  pre.scrollTop = mark.offsetTop - pre.offsetTop - pre.clientHeight / 3;
  pre.scrollLeft = Math.max(0, mark.offsetLeft - pre.offsetLeft - pre.clientWidth / 2);
}

/* `#3/sm_90a` chooses what is shown. */
function follow() {
  const [index, gpu] = decodeURIComponent(location.hash.slice(1)).split("/");
  if (!(index in data.kernels)) return;
  find("kernel").value = index;
  chooseKernel(gpu);
  find("code").scrollIntoView();
}

if (data.kernels.length) {
  find("kernel").replaceChildren(...data.kernels.map((one, index) => option(index, one.name)));
  find("kernel").addEventListener("change", () => chooseKernel(image() && image().target));
  find("gpu").addEventListener("change", showPanes);
  for (const pane of panes) {
    pane.querySelector("select").addEventListener("change", (event) => {
      pane.dataset.level = event.target.value;
      showCode(pane);
    });
  }
  let timer;
  find("query").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 120);
  });
  find("query").addEventListener("keydown", (event) => {
    if (event.key === "Enter") moveTo(now + (event.shiftKey ? -1 : 1));
  });
  find("next").addEventListener("click", () => moveTo(now + 1));
  find("previous").addEventListener("click", () => moveTo(now - 1));
  addEventListener("hashchange", follow);
  chooseKernel(undefined);
  follow();
}
