/** What JupyterLab's libraries expect of a browser and jsdom does not have. */

class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): [] {
    return [];
  }
}

Object.assign(globalThis, {
  DragEvent: class extends Event {},
  ResizeObserver: Observer,
  IntersectionObserver: Observer
});

window.matchMedia = query =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined
  }) as unknown as MediaQueryList;
