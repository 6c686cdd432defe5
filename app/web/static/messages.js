// A phone's SMS: asks for new ones while the page is visible, shows them newest first, sends to the service.

import { smsParts } from "./septets.js";
import { post, randomHex } from "./wire.js";

const LOOK_EVERY_MS = 1000;
const LOOK_AFTER_TROUBLE_MS = 5000;
const LOOK_WITHIN_MS = 5000;
const KEPT_MAX = 60; // more: the oldest leave the list

export class Messages {
  /** `changed(arrived)` is called after each change; `arrived` is true when a new SMS came in. */
  constructor(root, phone, config, log, changed) {
    Object.assign(this, { root, phone, config, log, changed });
    this.kept = [];
    this.known = null; // ids of a first look are old news: no buzz for them
    this.on = true;
    this.find = (selector) => root.querySelector(selector);
    this.words = this.find("textarea");
    this.words.maxLength = config.smsCharacters;
    this.find(".recipient").value = config.shortCode;
    this.words.addEventListener("input", () => this.count());
    this.words.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); this.compose(); }
    });
    this.find(".compose").addEventListener("submit", (event) => { event.preventDefault(); this.compose(); });
    this.find(".seen").addEventListener("click", () => this.markRead(...this.kept));
    this.look();
  }

  get incoming() {
    return this.kept.filter((sms) => !sms.ours);
  }

  get unread() {
    return this.kept.filter((sms) => sms.fresh).length;
  }

  stop() {
    this.on = false;
    clearTimeout(this.timer);
  }

  async look() {
    const wait = document.hidden || (await this.fetchNew()) ? LOOK_EVERY_MS : LOOK_AFTER_TROUBLE_MS;
    if (this.on) this.timer = setTimeout(() => this.look(), wait);
  }

  async fetchNew() {
    const url = new URL(`../inbox?to=${encodeURIComponent(this.phone.msisdn)}`, import.meta.url);
    let answer;
    try {
      const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(LOOK_WITHIN_MS) });
      answer = await response.json();
      if (!response.ok) throw new Error(answer.reason);
    } catch (error) {
      this.trouble(`Messages cannot be fetched. ${error instanceof TypeError ? "The gateway could not be reached." : error.message}`);
      return false;
    }
    if (!this.on) return true;
    this.trouble("");
    this.take(answer.messages);
    return true;
  }

  take(messages) {
    const first = this.known === null;
    this.known ??= new Set();
    const added = messages.filter((sms) => !this.known.has(sms.id));
    if (added.length === 0) return;
    for (const sms of added) this.known.add(sms.id);
    this.keep(added.map((sms) => ({ ...sms, ours: false, fresh: !first })));
    this.changed(!first);
  }

  keep(added) {
    this.kept = [...added, ...this.kept].slice(0, KEPT_MAX);
    this.show();
  }

  markRead(...read) {
    for (const sms of read) sms.fresh = false;
    this.show();
    this.changed(false);
  }

  async compose() {
    const text = this.words.value;
    if (await this.send(this.find(".recipient").value.trim(), text)) {
      if (this.words.value === text) this.words.value = "";
      this.count();
    }
  }

  /** Hand an SMS to the gateway as the aggregator does; true when it was taken. */
  async send(to, text) {
    const exchange = await post(`${this.config.callbackBase}/sms`, {
      date: new Date().toISOString().slice(0, 19) + "Z",
      from: this.phone.msisdn,
      to,
      id: `ATXid_${randomHex(16)}`,
      text,
      linkId: randomHex(10),
      networkCode: this.phone.networkCode,
      cost: "0.00",
    });
    this.log.sms(exchange);
    const taken = exchange.status === 200;
    this.trouble(taken ? "" : `Not delivered. ${exchange.failure || `The gateway answered with HTTP ${exchange.status}.`}`);
    if (taken) this.keep([{ sender: to, text, sentAt: new Date().toISOString(), ours: true, fresh: false }]);
    return taken;
  }

  trouble(words) {
    const place = this.find(".sms-trouble");
    if (place.textContent !== words) place.textContent = words;
  }

  count() {
    const { unit, used, parts } = smsParts(this.words.value, this.config.septetCosts);
    this.find(".parts").textContent = used ? `${used} ${unit}, ${parts} SMS` : "";
  }

  show() {
    this.find(".unread").textContent = this.unread ? `${this.unread} new` : "";
    this.find(".seen").hidden = this.unread === 0;
    this.find(".sms-list").replaceChildren(...this.kept.map(card));
  }
}

function card(sms) {
  const entry = document.createElement("li");
  entry.className = sms.ours ? "ours" : "theirs";
  entry.classList.toggle("fresh", sms.fresh);
  const head = document.createElement("div");
  head.className = "sms-head";
  head.textContent = `${sms.ours ? `to ${sms.sender}` : sms.sender} · ${clock(sms.sentAt)}${sms.fresh ? " · new" : ""}`;
  const words = document.createElement("p");
  words.textContent = sms.text;
  entry.append(head, words);
  return entry;
}

export function clock(iso) {
  return new Date(iso).toTimeString().slice(0, 5);
}
