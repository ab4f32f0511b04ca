import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      name: 'svg-as-text',
      transform(code, id) {
        return id.endsWith('.svg') ? `export default ${JSON.stringify(code)};` : undefined;
      }
    }
  ],
  test: {
    environment: 'jsdom',
    include: ['src/**/*.spec.{ts,tsx}'],
    setupFiles: ['src/testing/browser-stand-ins.ts'],
    server: { deps: { inline: [/@jupyterlab\//, /@jupyter\//, /@lumino\//, /@microsoft\//] } }
  }
});
