{{- define "callsheet.labels" -}}
app.kubernetes.io/name: callsheet-{{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: callsheet
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "callsheet.chartLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "callsheet.tag" -}}
{{ .Values.images.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "callsheet.webImage" -}}
{{ .Values.images.registry }}/callsheet-web:{{ include "callsheet.tag" . }}
{{- end }}

{{/* What the profile `restricted` of Pod Security requires, and no token of a service account. */}}
{{- define "callsheet.pod" -}}
automountServiceAccountToken: false
{{- with .Values.images.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "callsheet.container" -}}
imagePullPolicy: {{ .Values.images.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* A spread that is a wish: a small cluster has one zone. */}}
{{- define "callsheet.spread" -}}
{{- if .root.Values.topologySpread.enabled }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: {matchLabels: {{ toJson $.match }}}
  {{- end }}
{{- end }}
{{- end }}

{{/* The settings of every process. A Job before the first install has no ConfigMap to read them from. */}}
{{- define "callsheet.settings" -}}
{{- $scaled := list }}
{{- $expected := list (printf "web=%d" (int .Values.web.replicas)) (printf "control=%d" (int .Values.control.replicas)) }}
{{- if .Values.live.enabled }}{{ $expected = append $expected (printf "live=%d" (int .Values.live.replicas)) }}{{ end }}
{{- if .Values.mcp.enabled }}{{ $expected = append $expected "mcp=1" }}{{ end }}
{{- if .Values.flower.enabled }}{{ $expected = append $expected "flower=1" }}{{ end }}
{{- range $name, $worker := .Values.workers }}
{{- if and $worker.enabled (gt (int $worker.min) 0) }}
{{- $expected = append $expected (printf "%s=%d" $name (int $worker.min)) }}
{{- else if and $worker.enabled $.Values.keda.enabled }}
{{- $scaled = append $scaled $name }}
{{- end }}
{{- end }}
{{- $ours := dict "CALLSHEET_STATE" "/state/callsheet" "ARTIFACTS_URL" .Values.store.url "HOST" "0.0.0.0" "METRICS_PORT" "9100" "METRICS_HOST" "0.0.0.0" "LOG_FORMAT" "json" "AUTOSCALED_ENVIRONMENTS" (join "," $scaled) "EXPECTED_PROCESSES" (join "," $expected) }}
{{- with .Values.store.endpoint }}{{ $_ := set $ours "AWS_ENDPOINT_URL" . }}{{ end }}
{{- with .Values.store.region }}{{ $_ := set $ours "AWS_REGION" . }}{{ end }}
{{- with .Values.ingress }}
{{- if .enabled }}{{ $_ := set $ours "PUBLIC_URL" (printf "%s://%s" (ternary "https" "http" (ne (toString .tlsSecret) "")) .host) }}{{ end }}
{{- end }}
{{- if .Values.mcp.enabled }}{{ $_ := set $ours "MCP" "on" }}{{ $_ := set $ours "MCP_URL" (printf "http://%s-mcp:5001" .Release.Name) }}{{ end }}
{{- if .Values.live.enabled }}{{ $_ := set $ours "LIVE_URL" .Values.live.url }}{{ end }}
{{- range $name, $value := merge (deepCopy .Values.settings) $ours }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{- define "callsheet.storeKeys" -}}
{{- with .Values.store.keysSecret }}
- secretRef: {name: {{ . }}, optional: true}
{{- end }}
{{- end }}

{{/* The labels that docker/prometheus/rules.yml expects of every process. */}}
{{- define "callsheet.relabelings" }}
      relabelings:
        - {targetLabel: job, replacement: callsheet}
        - {sourceLabels: [__meta_kubernetes_pod_label_app_kubernetes_io_component], targetLabel: part}
        - {sourceLabels: [__meta_kubernetes_pod_label_callsheet_environment], targetLabel: environment}
        - {sourceLabels: [__meta_kubernetes_pod_name], targetLabel: process}
{{- end }}
