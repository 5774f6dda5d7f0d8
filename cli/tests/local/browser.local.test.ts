import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Browser, openBrowser } from '../support/browser.ts'
import { signersOn, signGuestbook } from '../support/guestbook.ts'
import { describeWith } from '../support/toolchain.ts'
import { createMachine, type Environment, eventually, type Machine } from './machine.ts'

describeWith(['browser'], 'the page of an environment of this machine, in a browser', () => {
  let machine: Machine
  let environment: Environment
  let browser: Browser

  beforeAll(async () => {
    machine = await createMachine()
    environment = await machine.create()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await machine?.remove()
  })

  test('shows environment and commit, takes an entry, and has it after a reload', async () => {
    const page = await browser.open()
    const commit = await machine.shop.git('rev-parse', 'HEAD')
    const { name } = await signGuestbook(page, environment.url, { environment: environment.name, commit: commit.trim() })
    expect(await signersOn(page)).toContain(name)
    expect(browser.problems()).toEqual([])
  })

  test('a name that nobody has shows the environments, and leads to them', async () => {
    const page = await browser.open()
    await page.goto(environment.url.replace(environment.name, 'nobody'))
    await page.getByRole('link', { name: environment.name }).first().click()
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(environment.name)
  })

  test('env open tells it to the browser of whoever has a display, and prints it', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'devtool-open-'))
    const told = path.join(folder, 'told')
    await writeFile(path.join(folder, 'xdg-open'), `#!/bin/sh\necho "$@" > '${told}'\n`)
    await chmod(path.join(folder, 'xdg-open'), 0o755)
    const env = { PATH: `${folder}${path.delimiter}${process.env['PATH']}`, DISPLAY: ':0', WAYLAND_DISPLAY: '', CI: '' }
    const url = environment.services.find(({ name }) => name === 'web')?.url
    const opened = await machine.run(['env', 'open', environment.name, 'web'], { env })
    expect(opened).toMatchObject({ exitCode: 0, stdout: `${url}\n`, stderr: '' })
    await eventually(
      () => readFile(told, 'utf8'),
      (text) => text === `${url}\n`,
    )
    const unseen = await machine.run(['env', 'open', environment.name, '--json'], { env: { ...env, DISPLAY: '' } })
    expect(unseen.json()).toEqual({ name: environment.name, service: null, url: environment.url, opened: false })
  })
})
