/**
 * The GraphQL documents. The tests' GitHub knows them word by word, as they were validated against GitHub's schema
 * (cli/tests/github/fixtures/README.md says how); a change here has to be made there too.
 */

const FACTS = `fragment facts on PullRequest {
  number
  state
  title
  isDraft
  updatedAt
  url
  headRefName
  headRefOid
  headRepository { nameWithOwner }
  author { __typename login }
  labels(first: 100) { nodes { name } }
  timelineItems(last: 30, itemTypes: [LABELED_EVENT]) { nodes { ... on LabeledEvent { createdAt label { name } } } }
}`

const OPEN = `    open: pullRequests(states: OPEN, first: 100, after: $cursor, orderBy: { field: CREATED_AT, direction: ASC }) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ...facts }
    }`

export const PAGE = 100

/** A page of the open pull requests, the named ones, or both: they share a request. */
export function pullRequestsQuery({ open, numbers }: { open: boolean; numbers: readonly number[] }): string {
  const named = numbers.map((number) => `    p${number}: pullRequest(number: ${number}) { ...facts }`)
  return [
    `query PullRequests($owner: String!, $repo: String!${open ? ', $cursor: String' : ''}) {`,
    '  repository(owner: $owner, name: $repo) {',
    '    nameWithOwner',
    ...(open ? [OPEN] : []),
    ...named,
    '  }',
    '}',
    FACTS,
  ].join('\n')
}

/** The ids of comments are larger than a GraphQL `Int`. */
export const COMMENTS = `query Comments($owner: String!, $repo: String!, $number: Int!, $cursor: String) {
  viewer { login }
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) {
      comments(first: 100, after: $cursor) {
        pageInfo { hasNextPage endCursor }
        nodes { fullDatabaseId body author { login } }
      }
    }
  }
}`

export const DEPLOYMENT_STATES = `query DeploymentStates($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Deployment { databaseId latestStatus { state } }
  }
}`

/** GitHub answers under a former name too. */
export const REPOSITORY_NAME = `query RepositoryName($owner: String!, $repo: String!) {
  repository(owner: $owner, name: $repo) { nameWithOwner }
}`

/** What is labelled so, in whatever state. */
export const ISSUES = `query Issues($owner: String!, $repo: String!, $label: String!, $cursor: String) {
  viewer { login }
  repository(owner: $owner, name: $repo) {
    issues(labels: [$label], first: 100, after: $cursor, orderBy: { field: CREATED_AT, direction: ASC }) {
      pageInfo { hasNextPage endCursor }
      nodes { number state url body author { login } }
    }
  }
}`
