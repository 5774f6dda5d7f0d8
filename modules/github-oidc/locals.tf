locals {
  arn    = "arn:${var.partition}"
  here   = "${var.region}:${var.account_id}"
  bucket = "${local.arn}:s3:::${var.state_bucket}"

  cluster_name = split("/", var.cluster_arn)[1]

  # What no preview may be or touch: the shared ground and the pinned environments.
  pinned = keys(var.pinned)
  others = concat(["platform"], local.pinned)

  # What is a preview's, and what is about to become one's.
  of_previews = { "aws:ResourceTag/devtool:project" = var.project, "aws:ResourceTag/devtool:ephemeral" = "true" }
  as_preview  = { "aws:RequestTag/devtool:project" = var.project, "aws:RequestTag/devtool:ephemeral" = "true" }

  of_pinned = { "aws:ResourceTag/devtool:project" = var.project, "aws:ResourceTag/devtool:environment" = local.pinned }
  as_pinned = { "aws:RequestTag/devtool:project" = var.project, "aws:RequestTag/devtool:environment" = local.pinned }

  # Roles that a preview brings itself stand below a path, as no condition on a tag holds for iam:PassRole.
  preview_roles = "${local.arn}:iam::${var.account_id}:role/devtool-previews/${var.project}/*"
  pinned_roles  = [for environment in var.pinned : "${local.arn}:iam::${var.account_id}:role/${environment.prefix}-*"]

  # ECS documents its key for subnets without saying which of the two it holds.
  task_subnets = flatten([for id in var.private_subnet_ids : [id, "${local.arn}:ec2:${local.here}:subnet/${id}"]])

  # EC2 asks for each thing in a request by itself: for what it makes with the tags of the request, for what it uses with those that are there.
  ec2_made = [
    for type in ["elastic-ip", "internet-gateway", "natgateway", "route-table", "security-group", "security-group-rule", "subnet", "vpc", "vpc-endpoint", "vpc-flow-log"] :
    "${local.arn}:ec2:${local.here}:${type}/*"
  ]
  ec2_create = [
    "ec2:AllocateAddress", "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs", "ec2:CreateInternetGateway",
    "ec2:CreateNatGateway", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateVpc", "ec2:CreateVpcEndpoint",
  ]
  ec2_create_actions = [for action in local.ec2_create : split(":", action)[1]]
  ec2_change = [
    "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:CreateRoute", "ec2:ModifySecurityGroupRules", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint",
    "ec2:ReplaceRoute", "ec2:ReplaceRouteTableAssociation",
  ]
  ec2_delete = [
    "ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:DeleteRoute", "ec2:DeleteRouteTable", "ec2:DeleteSecurityGroup",
    "ec2:DeleteSubnet", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway", "ec2:DisassociateAddress", "ec2:DisassociateRouteTable",
    "ec2:ReleaseAddress", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
  ]

  elb_change = [
    "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:ModifyLoadBalancerAttributes",
    "elasticloadbalancing:ModifyRule", "elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes",
    "elasticloadbalancing:SetRulePriorities",
  ]
  elb_delete = [
    "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:DeleteTargetGroup",
  ]
  elb_create_actions = ["CreateListener", "CreateLoadBalancer", "CreateRule", "CreateTargetGroup"]

  # Reading what Terraform refreshes and what the search for leftovers lists; none of these actions can be held to one resource, or none of
  # what they give is worth it. User data of instances and values of parameters and secrets are not among them.
  look = {
    Sid      = "Look"
    Effect   = "Allow"
    Resource = "*"
    Action = [
      "acm:DescribeCertificate", "acm:ListCertificates", "acm:ListTagsForCertificate",
      "application-autoscaling:Describe*", "application-autoscaling:ListTagsForResource",
      "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource",
      "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones", "ec2:DescribeFlowLogs", "ec2:DescribeInstances",
      "ec2:DescribeInternetGateways", "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists",
      "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeTags",
      "ec2:DescribeVolumes", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
      "ecs:Describe*", "ecs:List*",
      "elasticloadbalancing:Describe*",
      "iam:GetOpenIDConnectProvider", "iam:GetPolicy", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole", "iam:ListOpenIDConnectProviders", "iam:ListOpenIDConnectProviderTags", "iam:ListPolicies", "iam:ListPolicyTags",
      "iam:ListRolePolicies", "iam:ListRoles", "iam:ListRoleTags",
      "lambda:GetPolicy", "lambda:ListFunctions", "lambda:ListTags",
      "logs:DescribeLogGroups", "logs:ListTagsForResource",
      "rds:Describe*", "rds:ListTagsForResource",
      "route53:GetChange", "route53:GetHostedZone", "route53:ListHostedZones", "route53:ListResourceRecordSets",
      "secretsmanager:GetRandomPassword", "secretsmanager:ListSecrets",
      "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource", "sns:ListTopics",
      "ssm:DescribeParameters", "ssm:ListTagsForResource",
      "tag:GetResources",
    ]
  }

  # Without it S3 answers 403 for an object that is not there; it gives names, and no condition on a prefix would hold for that answer.
  list_bucket = { Sid = "ListBucket", Effect = "Allow", Action = "s3:ListBucket", Resource = local.bucket }
}
