// One handset: its screen, its keys, and what they mean at each moment.

import { Dialogue, codeDialled } from "./dialogue.js";
import { clock } from "./messages.js";
import { KEYS, MultiTap, nextMode } from "./multitap.js";
import { inWords, measure } from "./septets.js";

const HOLD_MS = 550;
const BUZZ_MS = 600;

// Soft keys by view, and what the line being typed is called; no line means that nothing can be typed.
const VIEWS = {
  idle: { left: "Messages", right: "", line: "Number to dial", mode: "123" },
  waiting: { left: "", right: "Cancel", line: "" },
  asking: { left: "Send", right: "Cancel", line: "Answer", mode: "123" },
  told: { left: "OK", right: "", line: "" },
  reading: { left: "Write", right: "Back", line: "" },
  writing: { left: "Send", right: "Back", line: "Text message", mode: "abc" },
};

const SPOKEN = { "*": "star", "#": "hash", 0: "0 space", 1: "1" };

export class Handset {
  constructor(root, phone, config, log) {
    Object.assign(this, { root, phone, config, log });
    this.find = (selector) => root.querySelector(selector);
    this.page = this.find(".lcd-page");
    this.line = this.find(".typed");
    this.taps = new MultiTap();
    this.dialogue = null;
    this.messages = null; // set by the page, which makes both
    this.place = 0;
    this.shown = 0;
    this.lastDialled = config.serviceCode;
    this.find(".pad").append(...KEYS.map(padKey));
    this.listen();
    this.show("idle", "");
  }

  listen() {
    for (const key of this.root.querySelectorAll(".key")) this.listenTo(key);
    this.line.addEventListener("keydown", (event) => this.typed(event));
    this.line.addEventListener("input", () => this.refresh());
    this.find(".lcd").addEventListener("click", () => { if (getSelection().isCollapsed) this.line.focus(); });
    this.find(".again").addEventListener("click", () => this.again());
  }

  /** A click presses, holding types the key's own sign; a mouse or finger leaves the focus in the line. */
  listenTo(key) {
    let timer = 0;
    let held = false;
    const release = () => clearTimeout(timer);
    key.addEventListener("mousedown", (event) => event.preventDefault());
    key.addEventListener("pointerdown", () => {
      held = false;
      timer = setTimeout(() => { held = this.hold(key.dataset.key); }, HOLD_MS);
    });
    for (const name of ["pointerup", "pointerleave", "pointercancel"]) key.addEventListener(name, release);
    key.addEventListener("click", () => {
      if (!held) this.press(key.dataset.key);
      held = false;
    });
  }

  typed(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = { Enter: this.view === "idle" ? "call" : "left", Escape: "end", ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!key) return;
    event.preventDefault();
    if (!event.repeat || key === "up" || key === "down") this.press(key);
  }

  press(key) {
    const named = { call: this.call, end: this.end, clear: this.clear, left: this.left, right: this.right }[key];
    if (named) named.call(this);
    else if (key === "up") this.scroll(-1);
    else if (key === "down") this.scroll(1);
    else this.pad(key);
  }

  pad(key) {
    if (this.line.readOnly) return;
    if (key === "#" && this.view !== "idle") this.mode = nextMode(this.mode);
    else this.line.value = this.taps.press(this.line.value, key, this.mode, performance.now());
    this.refresh();
  }

  hold(key) {
    if (this.line.readOnly || !KEYS.some(([sign]) => sign === key)) return false;
    this.line.value += key === "0" && this.view === "idle" ? "+" : key;
    this.taps.settle();
    this.refresh();
    return true;
  }

  call() {
    if (this.view === "asking") this.answer();
    else if (this.view === "idle" && this.line.value === "") this.type(this.lastDialled);
    else if (this.view === "idle") this.dial(this.line.value);
  }

  end() {
    const speaking = this.view === "waiting" || this.view === "asking";
    this.dialogue?.cancel();
    this.show("idle", speaking ? "Call ended." : "");
  }

  clear() {
    if (this.line.readOnly) return;
    this.type(this.line.value.slice(0, -1));
  }

  left() {
    if (this.view === "idle") this.read(0);
    else if (this.view === "asking") this.answer();
    else if (this.view === "told") this.show("idle", "");
    else if (this.view === "reading") this.show("writing", `To ${this.config.shortCode}:`);
    else if (this.view === "writing") this.text();
  }

  right() {
    if (this.view === "waiting" || this.view === "asking") this.end();
    else if (this.view === "reading" || this.view === "writing") this.show("idle", "");
  }

  scroll(way) {
    this.taps.settle();
    if (this.view === "reading" && this.messages.incoming.length) this.read(this.place + way);
    else this.page.scrollBy(0, way * 40);
  }

  async dial(dialled) {
    this.reason("");
    this.lastDialled = dialled;
    const codes = [this.config.serviceCode, ...this.config.otherCodes];
    const found = codeDialled(dialled, codes);
    if (found === null) {
      this.refused(`This gateway answers ${codes.join(", ")} and what is dialled behind it; no other number.`);
      return;
    }
    const caller = {
      serviceCode: found.serviceCode,
      phoneNumber: this.phone.msisdn,
      networkCode: this.phone.networkCode,
    };
    this.dialogue = new Dialogue(this.config.callbackBase, caller, found.inputs, this.log);
    await this.speak(this.dialogue.dial());
  }

  async answer() {
    await this.speak(this.dialogue.answer(this.line.value));
  }

  async speak(hop) {
    this.find(".again-result").textContent = "";
    this.show("waiting", "USSD code running …");
    const answer = await hop;
    if (answer === null) return;
    if (answer.kind === "trouble") this.refused(answer.reason);
    else this.show(answer.kind === "con" ? "asking" : "told", answer.text, answer.whole);
  }

  refused(reason) {
    this.show("told", "Connection problem or invalid MMI code.");
    this.reason(reason);
  }

  async again() {
    const button = this.find(".again");
    const { dialogue } = this;
    button.disabled = true;
    this.find(".again-result").textContent = "Sending …";
    const words = await dialogue.again();
    if (this.dialogue === dialogue) this.find(".again-result").textContent = words;
    this.refresh();
  }

  read(place) {
    const sms = this.messages.incoming;
    this.place = Math.max(0, Math.min(place, sms.length - 1));
    const here = sms[this.place];
    this.show("reading", here ? `${this.place + 1}/${sms.length} ${here.sender} ${clock(here.sentAt)}\n${here.text}` : "No messages.");
    if (here?.fresh) this.messages.markRead(here);
  }

  async text() {
    const words = this.line.value;
    if (words === "") return;
    this.show("told", "Sending message …");
    const { shown } = this;
    const taken = await this.messages.send(this.config.shortCode, words);
    if (this.shown === shown) this.show("told", taken ? "Message sent." : "Message not sent.");
  }

  /** Put a view on the screen; `whole` is the answer as it came, to be measured. */
  show(view, words, whole = "") {
    this.view = view;
    this.shown += 1;
    this.mode = VIEWS[view].mode ?? "";
    this.page.textContent = words;
    this.page.scrollTop = 0;
    this.line.value = "";
    this.measure(whole);
    this.refresh();
  }

  measure(whole) {
    const measured = measure(whole, this.config.septetCosts, this.config.ussd);
    this.find(".gauge-words").textContent = whole ? inWords(measured) : "";
    const meter = this.find("meter");
    meter.hidden = whole === "";
    Object.assign(meter, { max: measured.most, low: measured.fits + 1, high: measured.most, value: measured.used });
  }

  refresh() {
    const { left, right, line } = VIEWS[this.view];
    this.root.dataset.view = this.view;
    this.line.readOnly = line === "";
    this.line.setAttribute("aria-label", line || "Nothing to type; Enter is the left soft key");
    this.line.classList.toggle("dialling", this.view === "idle");
    this.line.placeholder = this.view === "idle" ? this.lastDialled : "";
    this.find(".mode").textContent = this.view === "idle" ? "" : this.mode;
    this.soft("left", left);
    this.soft("right", right);
    this.find(".again").disabled = !this.dialogue?.last || this.view === "waiting";
    const unread = this.messages?.unread ?? 0;
    this.find(".envelope").textContent = unread ? `✉ ${unread}` : "";
    this.line.scrollLeft = this.line.scrollWidth;
  }

  soft(side, word) {
    this.find(`.${side}-word`).textContent = word;
    const key = this.find(`.soft.${side}`);
    key.disabled = word === "";
    key.setAttribute("aria-label", word || `No ${side} soft key`);
  }

  type(words) {
    this.line.value = words;
    this.taps.settle();
    this.refresh();
  }

  reason(words) {
    this.find(".reason").textContent = words;
  }

  buzz() {
    const body = this.find(".phone");
    body.classList.add("buzzing");
    setTimeout(() => body.classList.remove("buzzing"), BUZZ_MS);
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(200);
  }

  switchOff() {
    this.dialogue?.cancel();
    this.messages.stop();
  }
}

function padKey([sign, , letters]) {
  const key = document.createElement("button");
  key.type = "button";
  key.className = "key digit";
  key.dataset.key = sign;
  key.setAttribute("aria-label", SPOKEN[sign] ?? `${sign} ${letters}`);
  for (const [kind, words] of [["sign", sign], ["letters", letters]]) {
    const part = document.createElement("span");
    part.className = kind;
    part.textContent = words;
    key.append(part);
  }
  return key;
}
