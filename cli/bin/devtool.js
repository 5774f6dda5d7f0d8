#!/usr/bin/env node
const built = new URL('../../dist/main.js', import.meta.url)

try {
  await import(built.href)
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND' || error.url !== built.href) throw error
  process.stderr.write('error: devtool is not built yet\nhint: npm ci && npm run build\n')
  process.exitCode = 1
}
