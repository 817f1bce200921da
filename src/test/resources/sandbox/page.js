const CALLERS = 100;

const LIMITS = {
  works: "Cloakroom calls it once for each job and poll interval.",
  throttles: "It answers 429. Known images are served, and new ones wait.",
  fails: "It answers 500. Known images are served, and new ones wait.",
  cooldown: "It is back. Cloakroom calls it again when the key's cooldown is over.",
  breaker: "It is back. The circuit breaker lets a call through every 10 seconds.",
};

const find = (selector, within = document) => within.querySelector(selector);
const cards = new Map();
let events;
let visitors = Date.now(); // so that no query is repeated

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Cards

function createCard(id) {
  const item = find("template").content.firstElementChild.cloneNode(true);
  const card = { id, item, picture: find("img", item), state: "" };
  card.picture.alt = `Picture of job ${id}`;
  card.picture.addEventListener("load", () => card.picture.classList.add("shown"));
  card.picture.addEventListener("error", () => {
    card.picture.removeAttribute("src");
    if (card.state === "ready") setTimeout(showPicture, 2000, card);
  });
  find("code", item).textContent = `/images/${id}/0`;
  setState(card, "processing");
  return card;
}

function setState(card, state, note = "") {
  card.state = state;
  card.item.dataset.state = state;
  write(find(".state", card.item), state);
  write(find(".note", card.item), note);
}

const isFinal = (card) => card.state === "ready" || card.state === "failed";
const hasPicture = (card) => card.picture.hasAttribute("src");

function showPicture(card) {
  if (!hasPicture(card)) card.picture.src = `/images/${card.id}/0`;
}

// The URL is valid before the picture is. One <img> waits at a time, as a browser has six connections to a host.
function letOneWait() {
  const unfinished = [...cards.values()].filter((card) => !isFinal(card));
  if (unfinished.length > 0 && !unfinished.some(hasPicture)) showPicture(unfinished[0]);
}

function showJobs(ids) {
  for (const [id, card] of cards) {
    if (!ids.includes(id)) {
      card.item.remove();
      cards.delete(id);
    }
  }
  const added = ids.filter((id) => !cards.has(id)).reverse();
  for (const id of added) {
    cards.set(id, createCard(id));
    find("#cards").prepend(cards.get(id).item);
  }
  if (added.length > 0) subscribe();
  letOneWait();
  summarize();
}

function summarize() {
  const count = (state) => [...cards.values()].filter((card) => card.state === state).length;
  const parts = ["ready", "processing", "waiting", "failed"].map((state) => [count(state), state]);
  write(find("#summary"), parts.filter(([n]) => n > 0).map((part) => part.join(" ")).join(", "));
}

// One stream of events for all jobs that are not final

function subscribe() {
  events?.close();
  const ids = [...cards.values()].filter((card) => !isFinal(card)).map((card) => `id=${card.id}`);
  if (ids.length === 0) return;
  events = new EventSource(`/images?${ids.join("&")}`);
  events.addEventListener("image", (event) => showImage(JSON.parse(event.data)));
  events.addEventListener("problem", (event) => showProblem(JSON.parse(event.data)));
  events.addEventListener("error", ({ target }) => {
    if (target === events && target.readyState === EventSource.CLOSED) setTimeout(subscribe, 3000);
  });
}

function showImage(image) {
  const card = cards.get(image.id);
  if (!card) return;
  if (image.status === "success") {
    setState(card, "ready");
    showPicture(card);
  } else {
    setState(card, image.status, image.message);
  }
  if ([...cards.values()].every(isFinal)) events.close(); // else the browser would connect again
  summarize();
}

function showProblem(problem) {
  const card = cards.get(problem.id);
  if (!card || isFinal(card)) return;
  setState(card, "waiting", problem.title);
  summarize();
}

// What the sandbox says of itself

async function ask(method, path) {
  const answer = await fetch(`/sandbox${path}`, { method });
  if (!answer.ok) throw new Error(`The sandbox answers ${answer.status}.`);
  const sandbox = await answer.json();
  show(sandbox);
  return sandbox;
}

function show({ vendor, limit, calls, answers, saved, jobs }) {
  const ratio = answers === 0 ? 0 : saved / answers;
  write(find("[data-number=ratio]"), answers === 0 ? "–" : `${Math.floor(100 * ratio)} %`);
  write(find("[data-number=calls]"), calls.toLocaleString("en"));
  write(find("[data-number=saved]"), saved.toLocaleString("en"));
  find(".bar").style.setProperty("--ratio", ratio);
  for (const button of document.querySelectorAll(".choice button")) {
    button.setAttribute("aria-pressed", button.value === vendor);
  }
  write(find("#limit"), LIMITS[vendor === "works" ? (limit ?? "works") : vendor]);
  showJobs(jobs);
}

async function poll() {
  try {
    if (!document.hidden) await ask("GET", "/state");
  } catch {
    write(find("#limit"), "The sandbox does not answer.");
  }
  setTimeout(poll, 1000);
}

// Buttons

async function addJob() {
  const { jobs } = await ask("POST", "/jobs");
  write(find("#news"), `Job ${jobs[0]} is queued.`);
}

async function letCallersAsk() {
  const ids = [...cards.keys()];
  const before = await ask("GET", "/state");
  const start = performance.now();
  // With a query that nobody reads, as the browser's own cache would answer otherwise.
  const paths = Array.from({ length: CALLERS }, (_, i) => `/images/${ids[i % ids.length]}?visitor=${++visitors}`);
  const answers = await Promise.all(paths.map((path) => fetch(path).catch(() => ({ ok: false }))));
  const millis = Math.round(performance.now() - start);
  const after = await ask("GET", "/state");
  const count = answers.filter((answer) => answer.ok).length;
  const calls = after.calls - before.calls;
  write(find("#news"), `${count} of ${CALLERS} callers got the state in ${millis} ms. Calls to the vendor meanwhile: ${calls}.`);
}

async function setVendor(button) {
  await ask("PUT", `/vendor/${button.value}`);
  write(find("#news"), `The vendor ${button.value}${button.value === "works" ? " again" : ""}.`);
}

async function press(button, action) {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  try {
    await action(button);
  } catch (failure) {
    write(find("#news"), failure.message);
  } finally {
    button.ariaBusy = null;
  }
}

const onPress = (button, action) => button.addEventListener("click", () => press(button, action));
onPress(find("#add"), addJob);
onPress(find("#ask"), letCallersAsk);
document.querySelectorAll(".choice button").forEach((button) => onPress(button, setVendor));
poll();
