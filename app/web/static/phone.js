// The page: a table of phones, kept in the address behind the `#` and nowhere else.

import { Handset } from "./handset.js";
import { HopLog } from "./hoplog.js";
import { Messages } from "./messages.js";
import { networkOf } from "./wire.js";

const PHONES_MAX = 6;
const E164 = /^\+[1-9][0-9]{7,14}$/;
const table = document.querySelector(".table");
const form = document.querySelector(".add");
const stations = new Map();

/** E.164 without spaces, dashes and brackets, or null. */
function readNumber(typed) {
  const bare = typed.replace(/[\s().-]/g, "").replace(/^00/, "+");
  return E164.test(bare) ? bare : null;
}

function numbersInAddress() {
  const numbers = (location.hash.match(/[0-9]+/g) ?? []).map((digits) => readNumber(`+${digits}`));
  return [...new Set(numbers.filter(Boolean))].slice(0, PHONES_MAX);
}

function putInAddress() {
  const digits = [...stations.keys()].map((msisdn) => msisdn.slice(1)).join(",");
  history.replaceState(null, "", `#${digits}`);
}

function offerNumbers(config) {
  const free = config.numbers.filter(({ msisdn }) => !stations.has(msisdn));
  const options = free.map(({ msisdn, name }) => new Option(name, msisdn));
  document.querySelector("#suggested").replaceChildren(...options);
  form.elements.number.value = free[0]?.msisdn ?? "";
}

function addPhone(msisdn, config) {
  const root = document.querySelector("#station").content.firstElementChild.cloneNode(true);
  const phone = { msisdn, networkCode: networkOf(msisdn, config.networkCodes) };
  const owner = config.numbers.find((suggested) => suggested.msisdn === msisdn)?.name ?? "";
  root.setAttribute("aria-label", `Phone ${msisdn}`);
  root.querySelector(".owner").textContent = owner;
  root.querySelector(".number").textContent = msisdn;
  root.querySelector(".operator").textContent = owner || msisdn;
  const log = new HopLog(root.querySelector(".log"));
  const handset = new Handset(root, phone, config, log);
  handset.messages = new Messages(root.querySelector(".messages"), phone, config, log, (arrived) => {
    if (arrived) handset.buzz();
    handset.refresh();
  });
  root.querySelector(".remove").addEventListener("click", () => {
    removePhone(msisdn);
    settle(config);
    form.elements.number.focus();
  });
  stations.set(msisdn, { root, handset });
  table.append(root);
  return handset;
}

function removePhone(msisdn) {
  const { root, handset } = stations.get(msisdn);
  handset.switchOff();
  root.remove();
  stations.delete(msisdn);
}

function settle(config) {
  putInAddress();
  offerNumbers(config);
}

function followAddress(config) {
  const wanted = numbersInAddress();
  for (const msisdn of [...stations.keys()]) if (!wanted.includes(msisdn)) removePhone(msisdn);
  for (const msisdn of wanted) if (!stations.has(msisdn)) addPhone(msisdn, config);
  settle(config);
}

/** As in `mohala dial`: F3 takes the other phone in hand, F6 writes an SMS on it, Esc there goes back to its keys. */
function followKeys(event) {
  const phones = [...stations.values()];
  const place = Math.max(0, phones.findIndex(({ root }) => root.contains(document.activeElement)));
  const composing = document.activeElement?.matches?.(".compose textarea, .compose input");
  if (event.ctrlKey || event.metaKey || event.altKey || phones.length === 0) return;
  if (event.key === "F3") phones[(place + 1) % phones.length].handset.line.focus();
  else if (event.key === "F6") phones[place].handset.messages.words.focus();
  else if (event.key === "Escape" && composing) phones[place].handset.line.focus();
  else return;
  event.preventDefault();
}

function refusal(msisdn) {
  if (msisdn === null) return "A number needs its country code, such as +12025550123.";
  if (stations.has(msisdn)) return "This phone is on the table already.";
  if (stations.size >= PHONES_MAX) return `The table holds ${PHONES_MAX} phones; remove one first.`;
  return "";
}

async function start() {
  const response = await fetch(new URL("../config.json", import.meta.url), { cache: "no-store" });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const config = await response.json();
  document.querySelector(".service-code").textContent = config.serviceCode;
  followAddress(config);
  if (stations.size === 0) {
    addPhone(config.numbers[0]?.msisdn ?? "+12025550123", config);
    if (config.agent && !stations.has(config.agent)) addPhone(config.agent, config);
  }
  settle(config);
  table.querySelector(".typed").focus();
  document.addEventListener("keydown", followKeys);
  window.addEventListener("hashchange", () => followAddress(config));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const msisdn = readNumber(form.elements.number.value);
    const words = refusal(msisdn);
    document.querySelector("#add-trouble").textContent = words;
    if (words) return;
    const handset = addPhone(msisdn, config);
    settle(config);
    handset.line.focus();
  });
}

start().catch((error) => {
  document.querySelector("#page-trouble").textContent = `The phone could not be switched on (${error.message}). Reload the page.`;
});
