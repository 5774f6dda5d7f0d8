locals {
  # What bringing up and removing have in common: looking, the state, and everything that can be done to a preview that is there.
  preview_common = concat(
    [
      local.list_bucket,
      {
        Sid      = "UseStateOfPreviews"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = [for prefix in ["bundles", "registry", "rescue", "state/preview"] : "${local.bucket}/${prefix}/*"]
      },
      {
        Sid      = "ReadPlatform"
        Effect   = "Allow"
        Action   = "ssm:GetParameter"
        Resource = "${local.arn}:ssm:${local.here}:parameter/devtool/${var.project}/platform"
      },
      {
        Sid      = "ReadLogs"
        Effect   = "Allow"
        Action   = ["logs:FilterLogEvents", "logs:GetLogEvents"]
        Resource = ["${var.log_group_arn}:*", var.log_group_arn]
      },
      {
        Sid    = "ChangeWhatIsThere"
        Effect = "Allow"
        Action = concat(local.elb_change, local.elb_delete, local.ec2_delete, [
          "acm:DeleteCertificate",
          "ecs:DeleteCluster", "ecs:DeleteService", "ecs:PutClusterCapacityProviders",
          "logs:DeleteLogGroup", "logs:PutRetentionPolicy",
          "rds:DeleteDBInstance", "rds:DeleteDBParameterGroup", "rds:DeleteDBSubnetGroup", "rds:ModifyDBInstance", "rds:ModifyDBParameterGroup",
          "secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "secretsmanager:GetSecretValue",
          "secretsmanager:PutSecretValue",
        ])
        Resource  = "*"
        Condition = { StringEquals = local.of_previews }
      },
      {
        # An update that leaves the network alone says nothing of subnets, and then every value is among these.
        Sid      = "RollOver"
        Effect   = "Allow"
        Action   = "ecs:UpdateService"
        Resource = "*"
        Condition = merge(
          { StringEquals = local.of_previews },
          { for operator in ["ForAllValues:StringEquals"] : operator => { "ecs:subnet" = local.task_subnets } if !var.dedicated_previews },
        )
      },
      {
        Sid       = "DescribeTasks"
        Effect    = "Allow"
        Action    = "ecs:RegisterTaskDefinition"
        Resource  = "${local.arn}:ecs:${local.here}:task-definition/${var.project}-*"
        Condition = { StringEquals = local.as_preview }
      },
      # AWS knows no narrower resource for it. A revision that is taken out of use goes on running where it runs.
      { Sid = "RetireTasks", Effect = "Allow", Action = "ecs:DeregisterTaskDefinition", Resource = "*" },
      {
        Sid       = "TagTasks"
        Effect    = "Allow"
        Action    = "ecs:TagResource"
        Resource  = "${local.arn}:ecs:${local.here}:task-definition/${var.project}-*"
        Condition = { StringEquals = merge(local.as_preview, { "ecs:CreateAction" = "RegisterTaskDefinition" }) }
      },
      {
        Sid       = "GiveTasksTheirRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = concat([var.execution_role_arn, var.task_role_arn], [local.preview_roles])
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
      {
        Sid      = "RemoveRoles"
        Effect   = "Allow"
        Action   = ["iam:DeleteRole", "iam:DeleteRolePolicy"]
        Resource = local.preview_roles
      },
    ],
    [
      for name in compact([var.database_admin_function]) : {
        Sid      = "MakeAndDropDatabases"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = "${local.arn}:lambda:${local.here}:function:${name}"
      }
    ],
    local.preview_records,
  )

  # Host names of previews that bring a load balancer of their own, and what proves the names of their certificates: not the wildcard that
  # all others answer at, nor what proves that one.
  preview_records = [
    for type, pattern in { A = "*", CNAME = "_*.*" } : {
      Sid                    = "Write${type}Records"
      Effect                 = "Allow"
      Action                 = "route53:ChangeResourceRecordSets"
      Resource               = "${local.arn}:route53:::hostedzone/${coalesce(var.zone_id, "-")}"
      Condition = {
        "ForAllValues:StringEquals"  = { "route53:ChangeResourceRecordSetsRecordTypes" = [type] }
        "ForAllValues:StringLike"    = { "route53:ChangeResourceRecordSetsNormalizedRecordNames" = ["${pattern}.${coalesce(var.domain, "-")}"] }
        "ForAllValues:StringNotLike" = { "route53:ChangeResourceRecordSetsNormalizedRecordNames" = ["\\052.*", "*.\\052.*"] }
        Null                         = { "route53:ChangeResourceRecordSetsNormalizedRecordNames" = "false" }
      }
    } if var.domain != null
  ]

  preview_create = concat(
    [
      { Sid = "LogInToRegistry", Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Sid    = "PushImages"
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer",
          "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
        ]
        Resource = "${local.arn}:ecr:${local.here}:repository/${var.project}/*"
      },
      {
        # In the platform's cluster and network: a task anywhere else would stand where other things can be reached.
        Sid      = "StartServices"
        Effect   = "Allow"
        Action   = "ecs:CreateService"
        Resource = "${local.arn}:ecs:${local.here}:service/${local.cluster_name}/${var.project}-*"
        Condition = {
          StringEquals                = local.as_preview
          "ForAllValues:StringEquals" = { "ecs:subnet" = local.task_subnets }
          Null                        = { "ecs:subnet" = "false" }
        }
      },
      {
        Sid       = "TagServices"
        Effect    = "Allow"
        Action    = "ecs:TagResource"
        Resource  = "${local.arn}:ecs:${local.here}:service/*/${var.project}-*"
        Condition = { StringEquals = merge(local.as_preview, { "ecs:CreateAction" = "CreateService" }) }
      },
      {
        Sid       = "Route"
        Effect    = "Allow"
        Action    = "elasticloadbalancing:CreateTargetGroup"
        Resource  = "${local.arn}:elasticloadbalancing:${local.here}:targetgroup/*"
        Condition = { StringEquals = local.as_preview }
      },
      {
        Sid       = "TagRouting"
        Effect    = "Allow"
        Action    = "elasticloadbalancing:AddTags"
        Resource  = "*"
        Condition = { StringEquals = merge(local.as_preview, { "elasticloadbalancing:CreateAction" = local.elb_create_actions }) }
      },
      {
        # A secret is tagged as it is made, which cannot be told from later; that no secret of others is, see the boundary.
        Sid       = "MakeSecrets"
        Effect    = "Allow"
        Action    = ["secretsmanager:CreateSecret", "secretsmanager:TagResource"]
        Resource  = "${local.arn}:secretsmanager:${local.here}:secret:${var.project}/*/database-??????"
        Condition = { StringEquals = local.as_preview }
      },
    ],
    # Rules stand on the platform's listener; without a domain each preview has a load balancer of its own in the platform's network.
    [
      for statement in [{
        Sid       = "AddRules"
        Effect    = "Allow"
        Action    = "elasticloadbalancing:CreateRule"
        Resource  = var.listener_arn
        Condition = { StringEquals = local.as_preview }
      }] : statement if var.domain != null
    ],
    [
      for statement in [{
        Sid      = "BringLoadBalancers"
        Effect   = "Allow"
        Action   = "elasticloadbalancing:CreateLoadBalancer"
        Resource = "${local.arn}:elasticloadbalancing:${local.here}:loadbalancer/*"
        Condition = {
          StringEquals = local.as_preview
          "ForAllValues:StringEquals" = {
            "elasticloadbalancing:SecurityGroup" = [var.load_balancer_security_group_id]
            "elasticloadbalancing:Subnet"        = var.public_subnet_ids
          }
          Null = { "elasticloadbalancing:SecurityGroup" = "false", "elasticloadbalancing:Subnet" = "false" }
        }
      }] : statement if var.domain == null
    ],
    [for statement in [local.add_to_own_load_balancers] : statement if var.domain == null || var.dedicated_previews],
  )

  add_to_own_load_balancers = {
    Sid       = "AddToOwnLoadBalancers"
    Effect    = "Allow"
    Action    = ["elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateRule"]
    Resource  = "*"
    Condition = { StringEquals = merge(local.as_preview, local.of_previews) }
  }
}
