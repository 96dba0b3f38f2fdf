{{/* Where each system answers, written once. `global.addresses` names another, such as an external S3. */}}

{{- define "common.addresses" -}}
{{- $namespace := (.root.Values.global).namespace | default "casparian" -}}
{{- $known := dict
  "object-store" (printf "http://object-store.%s.svc:7070" $namespace)
  "postgres" (printf "postgres.%s.svc:5432" $namespace)
  "hive-metastore" (printf "thrift://hive-metastore.%s.svc:9083" $namespace)
  "trino" (printf "http://trino.%s.svc:8080" $namespace)
  "airflow" (printf "http://airflow-api.%s.svc:8080" $namespace)
  "spark-history" (printf "http://spark-history.%s.svc:18080" $namespace)
-}}
{{- mergeOverwrite $known ((.root.Values.global).addresses | default dict) | toJson }}
{{- end }}

{{/* With `system`: that system's address. */}}
{{- define "common.address" -}}
{{ get (include "common.addresses" . | fromJson) .system }}
{{- end }}

{{- define "common.region" -}}
{{ ((.root.Values.global).s3).region | default "us-east-1" }}
{{- end }}

{{/* Environment of whoever reads and writes S3; the keys are of the secret casparian-s3. */}}
{{- define "common.s3Environment" -}}
- name: AWS_ENDPOINT_URL
  value: {{ include "common.address" (dict "root" .root "system" "object-store") }}
- name: AWS_REGION
  value: {{ include "common.region" . }}
{{ include "common.secretEnvironment" (dict "name" "AWS_ACCESS_KEY_ID" "secret" "casparian-s3" "key" "access-key") }}
{{ include "common.secretEnvironment" (dict "name" "AWS_SECRET_ACCESS_KEY" "secret" "casparian-s3" "key" "secret-key") }}
{{- end }}
