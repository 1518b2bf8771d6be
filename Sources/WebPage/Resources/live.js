// News of the caches: server-sent events, and questions where those can't be had.

const patience = 6000; // Milliseconds without an event, or without an answer, that count as none.
const period = 1000; // Between two questions, at least.

/// Calls `tell.show(report)` whenever there is a new one, and `tell.lose(reason)` while cachegauge can't be reached.
export class Live {
  #tell;
  #source = null;
  #timer = 0;
  #refusals = 0;
  #isStopped = true;
  #newest = null;
  #showing = 0;
  #rest = 0;

  constructor(tell) { this.#tell = tell; }

  start() {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#listen();
  }

  stop() {
    this.#isStopped = true;
    this.#close();
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  /// Events come every few seconds, if only to say that nothing is new: silence is a lost connection.
  #listen() {
    this.#close();
    const source = this.#source = new EventSource("/api/cache/events");
    const wait = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => { this.#tell.lose(`no news for ${patience / 1000} s`); this.#ask(); }, patience);
    };
    source.addEventListener("report", (event) => {
      wait();
      this.#refusals = 0;
      this.#arrive(event.data);
    });
    source.addEventListener("alive", wait);
    // Whether a stream has ended in good order or somebody pulled a plug, an answer tells; one that was refused is not to be had
    // for a while.
    source.addEventListener("error", () => {
      this.#refusals += source.readyState === EventSource.CLOSED ? 1 : 0;
      this.#ask();
    });
    wait();
  }

  /// Shows the newest report, but so seldom that showing takes a fifth of the time at most: hundreds of caches are a lot to draw.
  #arrive(data) {
    this.#newest = data;
    if (this.#showing) return;
    this.#showing = setTimeout(() => {
      this.#showing = 0;
      if (this.#isStopped) return;
      const began = performance.now();
      this.#tell.show(JSON.parse(this.#newest));
      // What the browser makes of it is known when it has drawn it.
      requestAnimationFrame(() => setTimeout(() => { this.#rest = performance.now() + (performance.now() - began) * 4; }));
    }, Math.max(0, this.#rest - performance.now()));
  }

  /// Asks once. With an answer events are tried again, unless they were refused: then it goes on asking, each second, or less
  /// often when answers are slow, so that watching takes a tenth of the time at most.
  async #ask() {
    this.#close();
    if (this.#isStopped) return;
    const began = performance.now();
    let pause = 2 * period;
    try {
      const answer = await fetch("/api/cache/report", { cache: "no-store", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(patience) });
      if (!answer.ok) throw new Error(`it answers ${answer.status}`);
      const report = await answer.json();
      if (this.#isStopped) return;
      this.#tell.show(report);
      const took = performance.now() - began;
      pause = Math.max(period - took, took * 9, 50);
      if (this.#refusals === 0) { this.#listen(); return; }
      // Every minute or so it is worth another try.
      this.#refusals = (this.#refusals + 1) % 60;
    } catch (error) {
      if (this.#isStopped) return;
      this.#refusals = 0;
      this.#tell.lose(error.name === "TimeoutError" ? "no answer" : error instanceof TypeError ? "no connection" : error.message);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), pause);
  }
}
