// ussd-builder (npm) on Express, its sessions in Redis by ioredis. One menu object a callback: shared as its README
// shows, concurrent callers get each other's screens or hang.
import { readFileSync } from "node:fs";
import express from "express";
import Redis from "ioredis";
import UssdMenu from "ussd-builder";

const [port, pagesFile, url] = process.argv.slice(2);
const pages = JSON.parse(readFileSync(pagesFile, "utf8")).map(([, body]) => body.replace(/^CON /, ""));
const redis = url.startsWith("unix://") ? new Redis({ path: url.slice(7) }) : new Redis(url);

function newMenu() {
  const menu = new UssdMenu();
  menu.sessionConfig({
    start: async (id) => { if (!(await redis.exists(id))) await redis.set(id, "{}", "EX", 300); },
    end: (id) => redis.del(id),
    set: async (id, key, value) => {
      const kept = JSON.parse((await redis.get(id)) ?? "{}");
      kept[key] = value;
      await redis.set(id, JSON.stringify(kept), "EX", 300);
    },
    get: async (id, key) => JSON.parse((await redis.get(id)) ?? "{}")[key],
  });
  menu.startState({ run: () => menu.con(pages[0]), next: { 1: "sex" } });
  menu.state("sex", { run: () => menu.con(pages[1]), next: { 1: "born", 2: "born" } });
  menu.state("born", {
    run: async () => { await menu.session.set("sex", menu.val); menu.con(pages[2]); },
    next: { "*\\d+/\\d+/\\d+": "district" },
  });
  menu.state("district", { run: async () => { await menu.session.set("born", menu.val); menu.con(pages[3]); } });
  return menu;
}

const app = express();
app.use(express.urlencoded({ extended: false }));
app.post("/ussd", (request, response) => {
  newMenu().run(request.body, (page) => response.type("text/plain").send(page));
});
app.listen(Number(port), "127.0.0.1");
