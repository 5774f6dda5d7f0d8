/** IAM prefixes by the SDK's client name, where they are not the name in lower case. Source: AWS Service Authorization Reference. */
const PREFIXES: Record<string, string> = {
  CloudWatchLogs: 'logs',
  ElasticLoadBalancingV2: 'elasticloadbalancing',
  ResourceGroupsTaggingAPI: 'tag',
}

/** Operations whose permission has another name. */
const PERMISSIONS: Record<string, string> = {
  's3:HeadBucket': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:HeadObject': 's3:GetObject',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:PutBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:PutBucketLifecycleConfiguration': 's3:PutLifecycleConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  'lambda:Invoke': 'lambda:InvokeFunction',
}

/** `S3Client`, `HeadBucketCommand` -> `s3:ListBucket`. */
export function actionName(client: string, command: string): string {
  const service = client.replace(/Client$/, '')
  const action = `${PREFIXES[service] ?? service.toLowerCase()}:${command.replace(/Command$/, '')}`
  return PERMISSIONS[action] ?? action
}
