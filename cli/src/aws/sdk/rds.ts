export {
  ListTagsForResourceCommand,
  paginateDescribeDBInstances,
  paginateDescribeDBParameterGroups,
  paginateDescribeDBSubnetGroups,
  RDSClient,
} from '@aws-sdk/client-rds'
