#!/usr/bin/env node
/** The main job from end to end, on real Terraform against an emulated account: bootstrap, create, apply, show, change, destroy. */
import { performance } from 'node:perf_hooks'
import { devtool, withEmulatedAccount } from './emulated-account.mjs'

const say = (text) => process.stdout.write(`${text}\n`)

async function walk(account) {
  const step = (why, ...args) => {
    say(`\n# ${why}\n$ devtool ${args.join(' ')}`)
    const printed = devtool(args, account)
    say(printed.trimEnd())
    return printed
  }
  step(
    'the state bucket and the platform that all previews share (its database and load balancer take a minute and a half)',
    'bootstrap',
    '--yes',
  )
  step('an environment of this branch', 'env', 'create', '--apply', '--yes')
  const [{ name }] = JSON.parse(devtool(['env', 'list', '--json'], account))
  step('what its folder says is what there is', 'env', 'plan', name)
  step('another image for one service', 'env', 'apply', name, '--image', 'web=shop/web:next', '--yes')
  step('as everyone sees it', 'env', 'show', name)
  step('and gone', 'env', 'destroy', name, '--yes')
  step('nothing is left', 'env', 'list')
}

try {
  const since = performance.now()
  await withEmulatedAccount(walk)
  say(`\nThat was the main job in ${((performance.now() - since) / 1000).toFixed(0)} s, in an emulated account that is gone now.`)
  say('In your own: README.md, "A first environment on AWS".')
} catch (error) {
  process.stderr.write(`walk: ${error.message}\n`)
  process.exitCode = 1
}
