"use strict";
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue("--" + name).trim();
  const COLUMNS = 64, ROWS = 32, CELL = 10;
  let program = 0, step = 0, steps = [];

  /* Rows of one line that follow each other are one step. */
  function stepsOf(rows) {
    const found = [];
    for (const row of rows) {
      const last = found.at(-1);
      if (last && last.line === row.line && last.kind === row.kind && last.memory === row.memory) last.rows.push(row);
      else found.push({ ...row, rows: [row] });
    }
    return found;
  }

  const pictures = data.memory.map((memory) => {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const canvas = document.createElement("canvas");
    memory.each = Math.max(1, Math.ceil(memory.elements / (COLUMNS * ROWS)));
    const cells = Math.ceil(memory.elements / memory.each);
    canvas.width = COLUMNS * CELL;
    canvas.height = Math.max(1, Math.ceil(cells / COLUMNS)) * CELL;
    figure.append(caption, canvas);
    at("memory").append(figure);
    return { caption, canvas };
  });

  function draw(index) {
    const memory = data.memory[index], { caption, canvas } = pictures[index];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.clearRect(0, 0, canvas.width, canvas.height);
    const cells = new Map(), now = new Set();
    let reads = 0, writes = 0;
    steps.slice(0, step + 1).forEach((one, place) => {
      if (one.memory !== index) return;
      for (const row of one.rows) {
        const writing = row.kind !== "load", reading = row.kind !== "store";
        if (writing) writes += row.count;
        if (reading) reads += row.count;
        for (let lane = 0; lane < row.count; lane++) {
          const cell = Math.floor((row.first + lane * row.step) / memory.each);
          cells.set(cell, (cells.get(cell) || 0) | (reading ? 1 : 0) | (writing ? 2 : 0));
          if (place === step) now.add(cell);
        }
      }
    });
    for (const [cell, flags] of cells) {
      context.fillStyle = color(["faint", "read", "write", "both"][flags]);
      context.fillRect((cell % COLUMNS) * CELL, Math.floor(cell / COLUMNS) * CELL, CELL - 1, CELL - 1);
    }
    context.strokeStyle = color("text");
    for (const cell of now) {
      context.strokeRect((cell % COLUMNS) * CELL + .5, Math.floor(cell / COLUMNS) * CELL + .5, CELL - 2, CELL - 2);
    }
    const each = memory.each > 1 ? `, ${memory.each} elements a square` : "";
    caption.textContent =
      `${memory.name}: ${memory.format}[${memory.shape.join(", ")}]${each}; ${reads} read, ${writes} written`;
  }

  function range(one) {
    const first = Math.min(...one.rows.map((row) => row.first));
    const last = Math.max(...one.rows.map((row) => row.first + (row.count - 1) * row.step));
    return first === last ? `element ${first}` : `elements ${first} to ${last}`;
  }

  function showStep() {
    const one = steps[step];
    at("step").textContent = one
      ? `step ${step + 1} of ${steps.length}: ${one.kind} ${data.memory[one.memory].name}, ${range(one)} (${one.place})`
      : "it accesses no memory";
    at("back").disabled = step <= 0;
    at("forward").disabled = step + 1 >= steps.length;
    data.memory.forEach((_, index) => draw(index));
  }

  function showValue() {
    const value = data.programs[program]?.values[at("variable").selectedIndex];
    at("value").textContent = "";
    if (!value) { at("about").textContent = "it has no values"; return; }
    const elements = value.elements.split(" "), width = value.shape.at(-1) || 1;
    const lines = [];
    for (let first = 0; first < elements.length; first += width) lines.push(elements.slice(first, first + width).join(" "));
    at("value").textContent = lines.join("\n");
    const shape = value.shape.length ? `[${value.shape.join(", ")}]` : "a number";
    const rest = value.count > elements.length ? `, the first ${elements.length} of its elements` : "";
    at("about").textContent = `${shape}, ${value.place}${rest}`;
  }

  function showProgram() {
    const shown = data.programs[program];
    steps = stepsOf(shown ? shown.rows : []);
    step = Math.max(0, steps.length - 1);
    const all = data.grid.reduce((a, b) => a * b, 1);
    at("program").textContent = shown
      ? `program (${shown.id.join(", ")}), ${program + 1} of ${data.programs.length}` +
        (all > data.programs.length ? ` that are shown, ${all} in all` : "")
      : "no program ran";
    at("previous").disabled = program <= 0;
    at("next").disabled = program + 1 >= data.programs.length;
    const before = at("variable").selectedOptions[0]?.textContent;
    at("variable").replaceChildren(...(shown ? shown.values : []).map((value) => new Option(value.name)));
    const same = [...at("variable").options].findIndex((option) => option.textContent === before);
    at("variable").selectedIndex = Math.max(0, same);
    showStep();
    showValue();
    if (shown?.left_out) at("about").textContent += `; ${shown.left_out} values have no room on the page`;
  }

  at("previous").onclick = () => { program -= 1; showProgram(); };
  at("next").onclick = () => { program += 1; showProgram(); };
  at("back").onclick = () => { step -= 1; showStep(); };
  at("forward").onclick = () => { step += 1; showStep(); };
  at("variable").onchange = showValue;
  at("findings").replaceChildren(...data.findings.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
  showProgram();
}
