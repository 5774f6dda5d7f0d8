locals {
  pinned_objects = {
    state   = [for name in local.pinned : "${local.bucket}/state/pinned/${name}.tfstate"]
    lock    = [for name in local.pinned : "${local.bucket}/state/pinned/${name}.tfstate.tflock"]
    plans   = [for name in local.pinned : "${local.bucket}/plans/${name}/*"]
    rescue  = [for name in local.pinned : "${local.bucket}/rescue/${name}.*"]
    bundles = [for name in local.pinned : "${local.bucket}/bundles/${name}.*"]
    records = [for name in local.pinned : "${local.bucket}/registry/*/${name}.json"]
  }
  pinned_secrets = [for name in local.pinned : "${local.arn}:secretsmanager:${local.here}:secret:${var.project}/${name}/*"]
  pinned_hosts   = compact([for environment in var.pinned : environment.host])

  # A refresh reads the password of the database: the provider holds the secret that it wrote against the one that is there.
  production_read = [
    local.list_bucket,
    {
      Sid      = "ReadStates"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = concat(["${local.bucket}/registry/*"], values(local.pinned_objects)...)
    },
    {
      Sid      = "ReadSecrets"
      Effect   = "Allow"
      Action   = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "secretsmanager:GetSecretValue"]
      Resource = local.pinned_secrets
    },
    {
      Sid       = "ReadLogs"
      Effect    = "Allow"
      Action    = ["logs:FilterLogEvents", "logs:GetLogEvents"]
      Resource  = [for environment in var.pinned : "${local.arn}:logs:${local.here}:log-group:/devtool/${environment.prefix}:*"]
      Condition = { StringEquals = local.of_pinned }
    },
  ]

  production_plan = concat(local.production_read, [
    { Sid = "KeepPlans", Effect = "Allow", Action = "s3:PutObject", Resource = local.pinned_objects.plans },
  ])

  # Apart because a role's own policies may have 10,240 characters together.
  production_make = [
    {
      Sid       = "MakeNetworks"
      Effect    = "Allow"
      Action    = local.ec2_create
      Resource  = local.ec2_made
      Condition = { StringEquals = local.as_pinned }
    },
    {
      Sid       = "TagNetworks"
      Effect    = "Allow"
      Action    = "ec2:CreateTags"
      Resource  = local.ec2_made
      Condition = { StringEquals = merge(local.as_pinned, { "ec2:CreateAction" = local.ec2_create_actions }) }
    },
    {
      # The group that came with the network has no tag of ours before the first apply.
      Sid       = "CloseDefaultGroup"
      Effect    = "Allow"
      Action    = "ec2:CreateTags"
      Resource  = "${local.arn}:ec2:${local.here}:security-group/*"
      Condition = { StringEquals = local.as_pinned, Null = { "aws:ResourceTag/devtool:project" = "true" } }
    },
    {
      Sid    = "Make"
      Effect = "Allow"
      Action = [
        "acm:AddTagsToCertificate",
        "application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource",
        "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource",
        "ecs:CreateCluster", "ecs:CreateService", "ecs:RegisterTaskDefinition", "ecs:TagResource",
        "elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup",
        "logs:CreateLogGroup", "logs:TagResource",
        "rds:AddTagsToResource", "rds:CreateDBInstance", "rds:CreateDBParameterGroup", "rds:CreateDBSubnetGroup",
        "secretsmanager:CreateSecret", "secretsmanager:TagResource",
        "sns:CreateTopic", "sns:TagResource",
      ]
      Resource = concat(local.pinned_secrets, flatten([for environment in var.pinned : [
        "${local.arn}:cloudwatch:${local.here}:alarm:${environment.prefix}-*",
        "${local.arn}:ecs:${local.here}:cluster/${environment.prefix}",
        "${local.arn}:ecs:${local.here}:service/${environment.prefix}/*",
        "${local.arn}:ecs:${local.here}:task-definition/${environment.prefix}-*",
        "${local.arn}:logs:${local.here}:log-group:/devtool/${environment.prefix}*",
        "${local.arn}:rds:${local.here}:*:${environment.prefix}*",
        "${local.arn}:sns:${local.here}:${environment.prefix}-*",
        ]]), [
        "${local.arn}:acm:${local.here}:certificate/*",
        "${local.arn}:application-autoscaling:${local.here}:scalable-target/*",
        "${local.arn}:elasticloadbalancing:${local.here}:*",
        "${local.arn}:rds:${local.here}:og:default:*",
      ])
      Condition = { StringEquals = local.as_pinned }
    },
    {
      Sid       = "TagRouting"
      Effect    = "Allow"
      Action    = "elasticloadbalancing:AddTags"
      Resource  = "*"
      Condition = { StringEquals = merge(local.as_pinned, { "elasticloadbalancing:CreateAction" = local.elb_create_actions }) }
    },
    {
      Sid      = "AskForCertificates"
      Effect   = "Allow"
      Action   = "acm:RequestCertificate"
      Resource = "*"
      Condition = {
        StringEquals                = local.as_pinned
        "ForAllValues:StringEquals" = { "acm:DomainNames" = concat(local.pinned_hosts, ["-"]) }
        Null                        = { "acm:DomainNames" = "false" }
      }
    },
    {
      Sid      = "WriteRecords"
      Effect   = "Allow"
      Action   = "route53:ChangeResourceRecordSets"
      Resource = "${local.arn}:route53:::hostedzone/*"
      Condition = {
        "ForAllValues:StringLike" = { "route53:ChangeResourceRecordSetsNormalizedRecordNames" = concat(local.pinned_hosts, formatlist("_*.%s", local.pinned_hosts), ["-"]) }
        Null                      = { "route53:ChangeResourceRecordSetsNormalizedRecordNames" = "false" }
      }
    },
  ]

  production_apply = concat(local.production_read, [
    {
      Sid    = "WriteStates"
      Effect = "Allow"
      Action = "s3:PutObject"
      Resource = concat(
        local.pinned_objects.state, local.pinned_objects.lock, local.pinned_objects.rescue, local.pinned_objects.bundles, local.pinned_objects.records,
        ["${local.bucket}/registry/slots/*"],
      )
    },
    {
      Sid    = "GiveBack"
      Effect = "Allow"
      Action = "s3:DeleteObject"
      Resource = concat(
        local.pinned_objects.lock, local.pinned_objects.rescue, local.pinned_objects.bundles, local.pinned_objects.plans, local.pinned_objects.records,
        ["${local.bucket}/registry/slots/*"],
      )
    },
    {
      Sid    = "Change"
      Effect = "Allow"
      Action = concat(local.ec2_create, local.ec2_change, local.ec2_delete, local.elb_change, local.elb_delete, [
        "acm:DeleteCertificate",
        "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget", "application-autoscaling:PutScalingPolicy",
        "cloudwatch:DeleteAlarms",
        "ecs:DeleteService", "ecs:PutClusterCapacityProviders", "ecs:UpdateCluster", "ecs:UpdateClusterSettings", "ecs:UpdateService",
        "elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateRule", "elasticloadbalancing:SetIpAddressType", "elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets",
        "logs:PutRetentionPolicy",
        "rds:DeleteDBParameterGroup", "rds:ModifyDBInstance", "rds:ModifyDBParameterGroup", "rds:ModifyDBSubnetGroup",
        "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret",
        "sns:SetTopicAttributes", "sns:Subscribe", "sns:Unsubscribe",
      ])
      Resource  = "*"
      Condition = { StringEquals = local.of_pinned }
    },
    { Sid = "RetireTasks", Effect = "Allow", Action = "ecs:DeregisterTaskDefinition", Resource = "*" },
    {
      Sid       = "MakeRolesWithBoundary"
      Effect    = "Allow"
      Action    = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
      Resource  = local.pinned_roles
      Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.pinned_workload.arn } }
    },
    {
      Sid       = "TagRoles"
      Effect    = "Allow"
      Action    = "iam:TagRole"
      Resource  = local.pinned_roles
      Condition = { StringEquals = local.as_pinned }
    },
    {
      Sid       = "GiveServicesTheirRoles"
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = local.pinned_roles
      Condition = { StringEquals = { "iam:PassedToService" = ["ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"] } }
    },
    {
      # Application Auto Scaling makes these for its policies, and asks whether the caller might.
      Sid      = "WatchLoad"
      Effect   = "Allow"
      Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"]
      Resource = [for environment in var.pinned : "${local.arn}:cloudwatch:${local.here}:alarm:TargetTracking-service/${environment.prefix}/*"]
    },
    {
      Sid       = "LetEcsScale"
      Effect    = "Allow"
      Action    = "iam:CreateServiceLinkedRole"
      Resource  = "${local.arn}:iam::${var.account_id}:role/aws-service-role/*"
      Condition = { StringEquals = { "iam:AWSServiceName" = "ecs.application-autoscaling.amazonaws.com" } }
    },
    {
      # Whatever another policy may say one day: this is for a person, who looks twice.
      Sid    = "KeepWhatHoldsData"
      Effect = "Deny"
      Action = [
        "logs:DeleteLogGroup", "logs:DeleteLogStream",
        "rds:DeleteDB*", "rds:DeleteGlobalCluster", "rds:RestoreDB*",
        "route53:DeleteHostedZone",
        "s3:DeleteBucket*", "s3:DeleteObjectVersion*", "s3:PutBucket*", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
        "secretsmanager:DeleteSecret",
      ]
      Resource = "*"
    },
  ])
}
