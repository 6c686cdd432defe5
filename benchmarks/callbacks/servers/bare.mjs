// A bare Node server with ioredis: one get and one set a callback, no framework, no compare-and-set, no scripts.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import Redis from "ioredis";

const [port, pagesFile, url] = process.argv.slice(2);
const pages = JSON.parse(readFileSync(pagesFile, "utf8"));
const redis = url.startsWith("unix://") ? new Redis({ path: url.slice(7) }) : new Redis(url);

createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", async () => {
    const form = new URLSearchParams(body);
    const key = form.get("sessionId");
    const kept = await redis.get(key);
    const state = kept ? JSON.parse(kept) : { step: -1, answers: [] };
    state.step += 1;
    state.answers.push(form.get("text").split("*").pop());
    await redis.set(key, JSON.stringify(state), "EX", 300);
    const page = pages[state.step][1];
    response.writeHead(200, { "content-type": "text/plain", "content-length": Buffer.byteLength(page) });
    response.end(page);
  });
}).listen(Number(port), "127.0.0.1");
