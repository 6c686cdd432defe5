// What went over the wire, newest on top.

const ENTRIES_MAX = 60; // more: the oldest leave

export class HopLog {
  constructor(root) {
    this.list = root.querySelector("ol");
    this.count = root.querySelector(".log-count");
    this.seen = 0;
  }

  hop(name, exchange, answer) {
    this.add(name, exchange, `text=${exchange.fields.text}`, answer.whole || answer.reason);
  }

  event(name, exchange) {
    this.add(name, exchange, "", exchange.failure);
  }

  sms(exchange) {
    this.add("sms", exchange, exchange.fields.text, exchange.failure);
  }

  add(name, exchange, sent, came) {
    this.seen += 1;
    this.count.textContent = `(${this.seen})`;
    const entry = document.createElement("li");
    const status = exchange.failure ? "no answer" : `HTTP ${exchange.status}`;
    entry.append(line("log-head", `${name} · ${status} · ${exchange.ms} ms`));
    if (sent) entry.append(line("log-sent", sent));
    if (came) entry.append(line("log-came", came));
    this.list.prepend(entry);
    while (this.list.children.length > ENTRIES_MAX) this.list.lastElementChild.remove();
  }
}

function line(kind, words) {
  const element = document.createElement("div");
  element.className = kind;
  element.textContent = words;
  return element;
}
