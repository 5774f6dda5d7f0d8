import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import { Octokit } from '@octokit/rest'

/** Loads slowly; imported when the first request is made. */
export const RetryingOctokit = Octokit.plugin(retry, throttling)
export type RetryingOctokit = InstanceType<typeof RetryingOctokit>
