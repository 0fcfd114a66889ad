// What has to happen in the browser: the theme, the keys and the clipboard. No data of a run comes here as code.
const YEAR_SECONDS = 31536000;

window.almenara = {
  theme(choice) {
    document.cookie = `almenara_theme=${choice}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax`;
    document.documentElement.style.colorScheme = choice === "system" ? "light dark" : choice;
    setDark(choice === "system" ? null : choice === "dark");
  },

  // Where a link of a component leads: only into this console.
  localLink(href) {
    return typeof href === "string" && /^\/(?![/\\])/.test(href) ? (window.path_prefix ?? "") + href : undefined;
  },

  async copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      copyBySelection(text);
    }
    const icon = button.querySelector(".q-icon");
    const before = icon.textContent;
    icon.textContent = "check";
    setTimeout(() => (icon.textContent = before), 1500);
  },
};

// The clipboard API is missing on plain HTTP from another machine.
function copyBySelection(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector(".al-page-search input, input.al-page-search, .al-search input, input.al-search");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// Arrow keys lead from a search field through what it found and back; Enter follows a link by itself.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const search = event.target.closest(".al-arrows");
  if (!search) return;
  const stops = [...search.querySelectorAll("input, td a[href]")].filter((stop) => stop.checkVisibility());
  const next = stops[stops.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

// What charts need: durations, and tooltips built of text nodes so that names stay names.
window.almenara.inUnit = (value, unit, name) => (value === 0 ? "0" : `${+(value / unit).toFixed(1)} ${name}`);

window.almenara.seconds = (value) => {
  if (value < 1) return value === 0 ? "0" : `${Math.round(value * 1000)} ms`;
  if (value < 120) return `${+value.toFixed(1)} s`;
  return value < 7200 ? `${+(value / 60).toFixed(1)} min` : `${+(value / 3600).toFixed(1)} h`;
};

window.almenara.tooltip = (points) => {
  const box = document.createElement("div");
  const title = box.appendChild(document.createElement("div"));
  title.className = "al-quiet";
  title.textContent = points[0]?.axisValueLabel ?? "";
  for (const point of points) {
    if (point.value === null || point.value === undefined) continue;
    const line = box.appendChild(document.createElement("div"));
    const dot = line.appendChild(document.createElement("i"));
    dot.className = "al-dot al-tip-dot";
    dot.style.background = point.color;
    const value = point.seriesType === "line" ? `${+point.value.toFixed(1)} of 100` : almenara.seconds(point.value);
    const name = point.seriesName === "Duration" ? point.name : point.seriesName;
    line.append(`${point.data?.name ?? name}: ${value}`);
  }
  return box;
};
