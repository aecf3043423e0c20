// Real clients, led by a test: one JSON command a line on standard input, one JSON answer a line on standard output.
// {"id":1,"do":"start","key":"a","url":"http://127.0.0.1:5000/hub","transport":"LongPolling"}  ->  {"id":1,"value":"..."} or {"id":1,"error":"..."}
"use strict";
const readline = require("node:readline");

const connections = new Map();
const pages = new Map();
let browser;

const commands = {
  // A SignalR client of its own, which connects again by itself.
  async start({ key, url, transport, token }) {
    const signalR = require("@microsoft/signalr");
    const options = {
      transport: transport === "Automatic" ? undefined : signalR.HttpTransportType[transport === "SkipNegotiation" ? "WebSockets" : transport],
      skipNegotiation: transport === "SkipNegotiation",
      accessTokenFactory: token ? () => token : undefined,
      EventSource: require("eventsource").EventSource,
      WebSocket: require("ws"),
    };
    const connection = new signalR.HubConnectionBuilder()
      .withUrl(url, options)
      .withAutomaticReconnect(Array(20).fill(0))
      .configureLogging(signalR.LogLevel.None)
      .build();
    connection.reconnects = [];
    connection.waiters = [];
    connection.onreconnected(() => { connection.reconnects.push(true); connection.waiters.splice(0).forEach((wake) => wake()); });
    connection.onclose((error) => { connection.closed = String(error); connection.waiters.splice(0).forEach((wake) => wake()); });
    await connection.start();
    connections.set(key, connection);
    return connection.connectionId ?? "";
  },
  async invoke({ key, method, args }) {
    return await connections.get(key).invoke(method, ...(args ?? []));
  },
  // Resolves when the client has connected again, and fails if it has given up.
  async reconnected({ key }) {
    const connection = connections.get(key);
    while (connection.reconnects.length === 0) {
      if (connection.closed !== undefined) throw new Error("closed: " + connection.closed);
      await new Promise((resolve) => connection.waiters.push(resolve));
    }
    return connection.reconnects.length;
  },
  async stop({ key }) {
    await connections.get(key).stop();
    connections.delete(key);
  },

  async browse({ executable, profile }) {
    const { chromium } = require("playwright-core");
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: executable,
      headless: true,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"],
    });
  },
  async open({ key, url }) {
    const page = await browser.newPage();
    pages.set(key, page);
    page.log = [];
    page.on("console", (message) => page.log.push(message.text()));
    page.on("response", (response) => response.status() >= 400 && page.log.push(`${response.status()} ${response.url()}`));
    page.on("framenavigated", (frame) => frame === page.mainFrame() && (page.loads = (page.loads ?? 0) + 1));
    await page.goto(url);
  },
  async evaluate({ key, script }) {
    return await pages.get(key).evaluate(script);
  },
  async click({ key, selector }) {
    await pages.get(key).click(selector);
  },
  async waitText({ key, selector, text }) {
    const page = pages.get(key);
    try {
      await page.waitForFunction(([s, t]) => document.querySelector(s)?.textContent === t, [selector, text], { timeout: 30000 });
    } catch (error) {
      throw new Error(`${selector} is ${await page.textContent(selector).catch(() => "not there")} and not ${text}. ${page.log.join("; ")}`);
    }
  },
  async loads({ key }) {
    return pages.get(key).loads;
  },
  async log({ key }) {
    return pages.get(key).log.join("\n");
  },
  async close({ key }) {
    await pages.get(key).close();
    pages.delete(key);
  },
};

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const command = JSON.parse(line);
  try {
    const value = await commands[command.do](command);
    console.log(JSON.stringify({ id: command.id, value: value ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ id: command.id, error: String(error?.stack ?? error) }));
  }
}).on("close", async () => {
  await browser?.close();
  process.exit(0);
});
