{{/*
The pod of any part. Takes a dict:
  root       the chart's context
  component  serve, work, migrate or the name of a schedule
  part       the values of the part: its args and resources
  ports      {name: number}
  probes     the container's probes, as YAML (may be empty)
  wait       whether the schema has to be there before the container starts
  restart    the restart policy
*/}}
{{- define "wasl-service.pod" -}}
{{- $root := .root }}
{{- $values := $root.Values }}
{{- $shared := $values.global.pods }}
{{- $pods := $values.pods }}
metadata:
  labels:
    {{- include "wasl-service.selector" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    app.kubernetes.io/part-of: wasl
    # What network policies ask for: whose it is, what it uses, whom it calls.
    wasl/suite: {{ include "wasl-service.suite" $root }}
    {{- if $values.database.enabled }}
    wasl/database: "true"
    {{- end }}
    {{- if and $values.broker.enabled (has .component (list "serve" "work")) }}
    wasl/broker: "true"
    {{- end }}
    {{- if hasKey .ports "grpc" }}
    wasl/grpc: "true"
    {{- end }}
    {{- if hasKey .ports "metrics" }}
    wasl/metrics: "true"
    {{- end }}
    {{- range $values.calls }}
    calls.wasl/{{ eq . "*" | ternary "all" . }}: "true"
    {{- end }}
    {{- with merge (dict) $pods.labels $shared.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/settings: {{ include "wasl-service.checksum" $root }}
    {{- if hasKey .ports "metrics" }}
    prometheus.io/scrape: "true"
    prometheus.io/port: {{ .ports.metrics | quote }}
    {{- end }}
    {{- with merge (dict) $pods.annotations $shared.annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "wasl-service.service-account" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  restartPolicy: {{ .restart }}
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ $values.runAsUser }}
    runAsGroup: {{ $values.runAsUser }}
    fsGroup: {{ $values.runAsUser }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  {{- with $values.global.imagePullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with $pods.priorityClassName | default $shared.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with merge (dict) $pods.nodeSelector $shared.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with concat $pods.tolerations $shared.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $pods.affinity | default $shared.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if has .component (list "serve" "work") }}
  {{- with $pods.topologySpread | default $shared.topologySpread }}
  topologySpreadConstraints:
    {{- range . }}
    - topologyKey: {{ .topologyKey }}
      maxSkew: {{ .maxSkew | default 1 }}
      whenUnsatisfiable: {{ .whenUnsatisfiable | default "ScheduleAnyway" }}
      # Of one rollout: pods that are about to go do not count.
      matchLabelKeys: [pod-template-hash]
      labelSelector:
        matchLabels:
          {{- include "wasl-service.selector" $root | nindent 10 }}
          app.kubernetes.io/component: {{ $.component }}
    {{- end }}
  {{- end }}
  {{- end }}
  {{- if .wait }}
  initContainers:
    # The Job migrates; everybody else waits for it, so nothing depends on an order of creation.
    - name: schema
      {{- include "wasl-service.container" (dict "root" $root "args" (list "check" "--wait" (toString $values.migrate.waitSeconds)) "resources" $values.migrate.resources) | nindent 6 }}
  {{- end }}
  containers:
    - name: {{ .component }}
      {{- include "wasl-service.container" (dict "root" $root "args" .part.args "resources" .part.resources) | nindent 6 }}
      {{- with .ports }}
      ports:
        {{- range $name, $number := . }}
        - name: {{ $name }}
          containerPort: {{ $number }}
        {{- end }}
      {{- end }}
      {{- with .probes }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- if has .component (list "serve" "work") }}
      lifecycle:
        # Until nobody sends anything new any more: first out of the endpoints, then asked to end.
        preStop:
          sleep: {seconds: {{ $values.preStopSeconds }}}
      {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: {{ $values.tmpSize }}}
    {{- if $values.global.authorities.configMap }}
    - name: authorities
      configMap:
        name: {{ $values.global.authorities.configMap }}
    {{- end }}
{{- end }}

{{/* What all containers of a service have in common. Takes root, args and resources. */}}
{{- define "wasl-service.container" -}}
{{- $values := .root.Values -}}
image: {{ include "wasl-service.image" .root | quote }}
imagePullPolicy: {{ $values.image.pullPolicy | default $values.global.image.pullPolicy }}
{{- with .args }}
args: {{ toJson . }}
{{- end }}
{{- if $values.sharedSettings }}
envFrom:
  - configMapRef:
      name: {{ include "wasl-service.suite" .root }}-config
{{- end }}
{{- with include "wasl-service.env" .root }}
env:
  {{- . | nindent 2 }}
{{- end }}
resources:
  {{- toYaml .resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
# What a container says last before it fails is what `kubectl describe pod` shows.
terminationMessagePolicy: FallbackToLogsOnError
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- if $values.global.authorities.configMap }}
  - name: authorities
    mountPath: /etc/wasl/authorities
    readOnly: true
  {{- end }}
{{- end }}

{{/* Secrets by reference, then settings, then whatever else was asked for. */}}
{{- define "wasl-service.env" -}}
{{- $root := . }}
{{- range .Values.keys }}
- name: WASL_{{ . | upper | replace "-" "_" }}
  valueFrom:
    secretKeyRef:
      name: {{ include "wasl-service.keys-secret" $root }}
      key: {{ . }}
      {{- if or (hasPrefix "admin-" .) (eq . "smtp-url") }}
      optional: true
      {{- end }}
{{- end }}
{{- if .Values.database.enabled }}
- name: WASL_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "wasl-service.database-secret" . }}
      key: url
{{- end }}
{{- if .Values.broker.enabled }}
- name: WASL_BROKER_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "wasl-service.broker-secret" . }}
      key: url
{{- end }}
{{- if .Values.global.authorities.configMap }}
{{- $file := printf "/etc/wasl/authorities/%s" .Values.global.authorities.key }}
- name: SSL_CERT_FILE
  value: {{ $file }}
- name: PGSSLROOTCERT
  value: {{ $file }}
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ tpl (toString $value) $root | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Pods read settings when they start, so other settings must make other pods. */}}
{{- define "wasl-service.checksum" -}}
{{- $global := .Values.global }}
{{- list $global.publicUrl $global.config $global.mail $global.secrets $global.database $global.broker
      .Values.database .Values.broker | toJson | sha256sum | trunc 16 }}
{{- end }}

{{/* Ports and probes by what the part speaks. */}}
{{- define "wasl-service.ports" -}}
{{- $ports := dict }}
{{- if eq .component "serve" }}
{{- $_ := set $ports .root.Values.serve.protocol .root.Values.serve.port }}
{{- end }}
{{- if .root.Values.metrics.enabled }}
{{- $_ := set $ports "metrics" 9464 }}
{{- end }}
{{- toJson $ports }}
{{- end }}

{{- define "wasl-service.probes" -}}
{{- $serve := .root.Values.serve }}
{{- $ask := "" }}
{{- if eq .component "work" }}
{{- $ask = printf "httpGet: {path: /healthz, port: metrics}" }}
{{- else if eq $serve.protocol "grpc" }}
{{- $ask = printf "grpc: {port: %d}" (int $serve.port) }}
{{- else }}
{{- $ask = "httpGet: {path: /healthz, port: http}" }}
{{- end -}}
# Two minutes to start in; until then neither of the others is asked.
startupProbe:
  {{ $ask }}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 60
livenessProbe:
  {{ $ask }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  {{ $ask }}
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 4
{{- end }}
