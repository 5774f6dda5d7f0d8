import { randomBytes } from 'node:crypto'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

export interface Signature {
  /** Of the entry in the environment's database. */
  id: number
  name: string
  message: string
}

export interface Expected {
  environment: string
  commit: string
  /** What is written; a name that no other run has used, otherwise. */
  name?: string
  message?: string
}

/**
 * What a person does on the sample's page (services/web/src/page.js, public/guestbook.js): sees which environment and commit it is, signs the guestbook,
 * loads the page again and finds the entry, which by then has been in the database and back.
 */
export async function signGuestbook(page: Page, url: string, expected: Expected): Promise<Signature> {
  const name = expected.name ?? `Ada ${randomBytes(3).toString('hex')}`
  const message = expected.message ?? `<b>Hello</b> from "${expected.environment}" & its 'database' ✓`
  await open(page, url, expected)

  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Message').fill(message)
  await page.getByRole('button', { name: 'Sign the guestbook' }).click()
  await page.getByText(`Thank you, ${name}. It is in the book.`).waitFor()
  const id = await newestEntry(page)
  expect(await entryOf(page, id)).toEqual({ name, message })
  expect(await page.getByLabel('Message').inputValue()).toBe('')

  await open(page, url, expected)
  expect(await entryOf(page, id)).toEqual({ name, message })
  return { id, name, message }
}

/** The names under the entries that a page shows, newest first. */
export function signersOn(page: Page): Promise<string[]> {
  return page.locator('#entries .entry strong').allTextContents()
}

/** Opens the page, or loads it again, and finds it whole: the right environment, at the right commit, with an API and a database that answer. */
async function open(page: Page, url: string, { environment, commit }: Expected): Promise<void> {
  const response = page.url().startsWith(url) ? await page.reload() : await page.goto(url)
  expect(response?.status()).toBe(200)
  expect(await page.title()).toBe(`${environment} · guestbook`)
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(environment)
  expect(await page.locator('main').getAttribute('data-state')).toBe('up')
  expect(await page.locator('#facts code').first().getAttribute('title')).toBe(commit)
  expect(await page.locator('#facts .status').allTextContents()).toEqual(['Answers', 'Reachable'])
}

async function newestEntry(page: Page): Promise<number> {
  const id = await page.locator('#entries .entry').first().getAttribute('id')
  return Number(/^entry-(\d+)$/.exec(id ?? '')?.[1])
}

async function entryOf(page: Page, id: number): Promise<{ name: string | null; message: string | null }> {
  const entry = page.locator(`#entry-${id}`)
  return { name: await entry.locator('strong').textContent(), message: await entry.locator('.message').textContent() }
}
