import { defineConfig } from '@playwright/test';

const PORT = Number(process.env.MAGIC_RUCIO_UI_PORT ?? 18988);

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../test-results',
  // One sandbox and one Jupyter server serve all: the tests share what Rucio holds.
  workers: 1,
  fullyParallel: false,
  retries: process.env.CI ? 1 : 0,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    // Galata joins paths to it: without a trailing slash.
    baseURL: `http://127.0.0.1:${PORT}`,
    viewport: { width: 1360, height: 820 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.MAGIC_RUCIO_CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-dev-shm-usage',
        '--disable-gpu',
        '--font-render-hinting=none',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  },
  webServer: {
    command: `.venv/bin/magic-rucio demo --galata --dir .sandbox/ui-tests --port ${PORT} --reset --runs 24 --events 4000`,
    cwd: '..',
    url: `http://127.0.0.1:${PORT}/api`,
    timeout: 240_000,
    stdout: 'pipe',
    stderr: 'pipe',
    gracefulShutdown: { signal: 'SIGTERM', timeout: 30_000 },
    reuseExistingServer: !process.env.CI
  }
});
