import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './toolchain/shared.mjs'

/**
 * Counts from the report of vitest's JSON reporter. A file that cannot be loaded holds no test that could fail, and an unhandled error none that did: both
 * count as one failed, and so does a run without a report, which found no test file.
 */
export function readReport(file, status) {
  const total = { passed: 0, failed: 0, skipped: 0, skippedNames: [] }
  let results = []
  try {
    results = JSON.parse(readFileSync(file, 'utf8')).testResults
  } catch {
    return { ...total, failed: 1 }
  }
  for (const { name, status: fileStatus, assertionResults } of results) {
    const count = (wanted) => assertionResults.filter((result) => wanted.includes(result.status)).length
    const failed = count(['failed'])
    total.passed += count(['passed'])
    total.failed += failed === 0 && fileStatus === 'failed' ? 1 : failed
    const skipped = assertionResults.filter((result) => !['passed', 'failed'].includes(result.status))
    total.skipped += skipped.length
    for (const result of skipped) total.skippedNames.push(`${path.relative(root, name)}: ${result.fullName.trim()}`)
  }
  if (status !== 0 && total.failed === 0) total.failed = 1
  return total
}
