{{- define "airflow.shared" -}}
uid: 50000
port: 8080
ports: [8080]
scratch: [/tmp, /var/lib/airflow]
settings: [shared/settings.yaml, shared/programs.yaml]
{{- end }}

{{/* A pod of one part; `arguments`, what it is; `ports`; `probe`. */}}
{{- define "airflow.pod" -}}
metadata:
  labels:
    {{- include "common.labels" . | nindent 4 }}
  annotations:
    {{- include "common.settingsHash" . | nindent 4 }}
spec:
  {{- include "common.pod" . | nindent 2 }}
  serviceAccountName: airflow
  terminationGracePeriodSeconds: {{ .values.drain | default 30 }}
  initContainers:
    - name: prepare
      {{- include "common.container" . | nindent 6 }}
      command:
        - python
        - /etc/airflow/prepare.py
        {{- if ne .component "api" }}
        - {{ include "common.address" (dict "root" .root "system" "airflow") }}
        {{- end }}
      volumeMounts:
        {{- include "airflow.volumeMounts" . | nindent 8 }}
        - name: secrets
          mountPath: /run/secrets/airflow
    {{- if eq .component "api" }}
    - name: migrate
      {{- include "common.container" . | nindent 6 }}
      args: [db, migrate]
      {{- include "airflow.environment" . | nindent 6 }}
      volumeMounts:
        {{- include "airflow.volumeMounts" . | nindent 8 }}
    {{- end }}
  containers:
    - name: {{ .component }}
      {{- include "common.container" . | nindent 6 }}
      args: {{ toJson .arguments }}
      {{- include "airflow.environment" . | nindent 6 }}
      {{- with .containerPorts }}
      ports:
        {{- range $name, $port := . }}
        - name: {{ $name }}
          containerPort: {{ $port }}
        {{- end }}
      {{- end }}
      {{- include "common.probes" (dict "seconds" 300 "probe" .probe) | nindent 6 }}
      volumeMounts:
        {{- include "airflow.volumeMounts" . | nindent 8 }}
  volumes:
    {{- include "common.scratchVolumes" . | nindent 4 }}
    - name: programs
      configMap:
        name: airflow-programs
    - name: secrets
      secret:
        secretName: casparian-airflow
{{- end }}

{{- define "airflow.volumeMounts" -}}
{{ include "common.scratchMounts" . }}
- name: programs
  mountPath: /etc/airflow
{{- end }}

{{- define "airflow.environment" -}}
envFrom:
  - configMapRef:
      name: airflow-settings
env:
  {{- include "common.s3Environment" . | nindent 2 }}
{{- end }}

{{- define "airflow.healthProbe" -}}
exec:
  command: [python, /etc/airflow/healthy.py, {{ include "common.address" (dict "root" .root "system" "airflow") }}, {{ .part }}]
{{- end }}
