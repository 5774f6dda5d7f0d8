#!/usr/bin/env node
const path = require('node:path')

// A command ends before code that was optimised for it pays off: optimising takes a tenth of the time of a short one, and the long ones wait
// for Terraform and AWS.
require('node:v8').setFlagsFromString('--no-opt')
// Node 22 and later keep what they compiled; Node 20 has no such function
require('node:module').enableCompileCache?.()

const built = path.join(__dirname, '../../dist/main.js')
try {
  require(built)
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND' || !error.message.includes(built)) throw error
  process.stderr.write('error: devtool is not built yet\nhint: npm ci && npm run build\n')
  process.exitCode = 1
}
