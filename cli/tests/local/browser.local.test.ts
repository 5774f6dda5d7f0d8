import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Browser, openBrowser } from '../support/browser.ts'
import { signersOn, signGuestbook } from '../support/guestbook.ts'
import { describeWith } from '../support/toolchain.ts'
import { createMachine, type Environment, type Machine } from './machine.ts'

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
})
