export {
  BatchGetImageCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  PutImageCommand,
  paginateDescribeImages,
} from '@aws-sdk/client-ecr'
