import { defineConfig } from '@hey-api/openapi-ts';

export default defineConfig({
  input: process.env.API_DOCUMENT ?? '',
  output: { path: 'src/api/generated', clean: true },
  plugins: ['@hey-api/typescript', { name: 'zod', compatibilityVersion: 'mini' }]
});
